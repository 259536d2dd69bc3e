import { requireKnown } from '../operators/options/knownOptions.js'
import type { Progress } from '../operators/flow/progress.js'
import { countedProgress } from './countedProgress.js'
import type { CompactedFile, LakeCompactOptions } from '../sinks/lake/compact.js'

export type { CompactedFile } from '../sinks/lake/compact.js'

export interface CompactOptions extends Omit<LakeCompactOptions, 'combine' | 'onRows'> {
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/**
 * Makes few Parquet files of the many small ones of a data set: of each step and folder of a table the same rows in the same
 * order, bit for bit. Steps go on after them as before; Delta Lake's and Iceberg's metadata, where there are any, get a version
 * that says that no row has changed. Commits stay as they are.
 *
 * @throws BlindspotError as of `compactLake`
 * @example
 * await compactDataSet('results', { fileBytes: 2 ** 28 })
 */
export async function compactDataSet(
  folder: string,
  options: CompactOptions = {},
): Promise<readonly CompactedFile[]> {
  requireKnown<CompactOptions>('compactDataSet', options, {
    ...{ fileBytes: true, grace: true, writing: true, signal: true, onGrace: true, onProgress: true },
  })
  const { onProgress = () => undefined, onGrace = () => undefined, ...ofLake } = options
  const { combinedNotes } = await import('./combinedNotes.js')
  const { compactLake } = await import('../sinks/lake/compact.js')
  const progress = countedProgress('compact', 'rows', onProgress)
  let isEnded = false
  const end = (state: Progress['state']) => {
    if (!isEnded) progress.end(state)
    isEnded = true
  }
  try {
    const compacted = await compactLake(folder, {
      ...ofLake,
      combine: combinedNotes,
      onGrace: (...told) => {
        // what is counted is done
        end('complete')
        onGrace(...told)
      },
      onRows: (done, total) => {
        if (total > 0) progress.onCount(done, total)
      },
    })
    end('complete')
    return compacted
  } catch (error) {
    end(options.signal?.aborted ? 'cancelled' : 'failed')
    throw error
  }
}
