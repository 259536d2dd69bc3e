import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import { sliceRows } from '../../operators/records/sliceRows.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { orLost } from '../../sinks/lake/lostFile.js'
import { localPaths } from '../../sources/objects/localPaths.js'
import { readExamples } from '../../sources/records.js'
import { meets, type Where } from '../../sources/where.js'

/** Which examples are exported. */
export interface ExampleChoice {
  /** At most so many. Default: all */
  readonly limit?: number | undefined
  /** Of those that succeeded the ones whose columns meet these conditions. Default: all */
  readonly where?: Where | undefined
  readonly signal?: AbortSignal | undefined
}

/** Rows of a batch: of photographs these are some ten megabytes. */
const BATCH = 64

/** Status of those that have images. */
const SUCCESS = 'success'

/**
 * The examples of a data set that attacks found, in the order of its files and rows.
 *
 * @param images false: their images are left out, and not read
 */
export async function* examplesOf(
  lake: Lake,
  { limit = Infinity, where = {}, signal }: ExampleChoice,
  images = true,
): AsyncGenerator<AdversarialBatch, void, undefined> {
  if ('status' in where && !meets(where['status'], SUCCESS)) return
  const files = await lake.files({ table: 'examples' })
  try {
    const here = await localPaths(files)
    let left = limit
    for (const { path } of files) {
      if (left <= 0) return
      const options = { images, batchSize: BATCH, where: { ...where, status: { equals: SUCCESS } } }
      for await (const batch of readExamples(here.get(path) ?? path, options)) {
        signal?.throwIfAborted()
        yield batch.index.length <= left ? batch : sliceRows(batch, 0, left)
        left -= batch.index.length
        if (left <= 0) return
      }
    }
  } catch (error) {
    throw await orLost(error, files)
  }
}
