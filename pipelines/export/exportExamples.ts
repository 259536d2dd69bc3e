import { requireKnown } from '../../operators/options/knownOptions.js'
import { requireOneOf } from '../../operators/options/requireKinds.js'
import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import { BlindspotError } from '../../operators/errors.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import { TABLES } from '../../operators/records/tables.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { AtomicFile } from '../../sources/atomicFile.js'
import { writingToNew } from '../../sources/objects/writingToNew.js'
import { within } from '../../sources/place.js'
import type { Where } from '../../sources/where.js'
import type { ExampleFiles } from './exampleFiles.js'
import { examplesOf, type ExampleChoice } from './examplesOf.js'
import { requireOutside } from '../outside.js'

export interface ExportOptions extends ExampleChoice {
  /**
   * `png`: of each example three images of 8 bits, the original, the example and their difference. `npy`: of all together an array
   * for each column, as NumPy reads them, images as they are.
   */
  readonly as: 'png' | 'npy'
  /** Told of the examples that are written, of so many. */
  readonly onRows?: ((rows: number, total: number) => void) | undefined
}

/** What was exported. */
export interface Exported {
  readonly folder: string
  readonly examples: number
  /** How many files, the index among them. */
  readonly files: number
  /** CSV with a row per example, in the order of the arrays. */
  readonly index: string
}

const INDEX = 'index.csv'

/**
 * Exports the adversarial examples of a data set that attacks found to a folder, in the order of its files and rows, in bounded
 * memory, with `index.csv`, which comes last: where it is, all is there. What fails leaves nothing.
 *
 * @param out a new or an empty folder, outside the data set
 * @throws BlindspotError `bad-option` where there is none that is asked for, no such column, or another folder; `bad-data` for images that have no picture, or of
 * different shapes as arrays; `io`; the signal's reason
 * @example
 * const lake = await openLake('results', { readOnly: true })
 * await exportExamples(lake, 'arrays', { as: 'npy', where: { status: { equals: 'success' } } })
 */
export async function exportExamples(lake: Lake, out: string, options: ExportOptions): Promise<Exported> {
  requireKnown<ExportOptions>('exportExamples', options, {
    ...{ as: true, onRows: true, limit: true, where: true, signal: true },
  })
  const { as, onRows = () => undefined, ...chosen } = options
  requireOneOf('exportExamples: as', as, ['png', 'npy'])
  await requireOutside(lake, out)
  await requireColumns(lake, chosen.where)
  let total = 0
  for await (const { index } of examplesOf(lake, chosen, false)) total += index.length
  if (total === 0)
    throw new BlindspotError(
      'bad-option',
      `${lake.folder} has no adversarial example${chosen.where ? ' that --where asks for' : ''}; blindspot runs ${lake.folder} shows what there is`,
    )
  return writingToNew(
    out,
    async (folder) => {
      const files = await filesOf(as, folder, total)
      const index = await AtomicFile.create(join(folder, INDEX))
      try {
        await index.write(csv([[...COLUMNS, ...files.columns]]))
        let done = 0
        onRows(done, total)
        for await (const batch of examplesOf(lake, chosen)) {
          const more = await files.write(batch)
          await index.write(csv(more.map((values, row) => [...told(batch, row), ...values])))
          onRows((done += batch.index.length), total)
        }
        await files.close()
        await index.close()
      } catch (error) {
        await files.abort()
        await index.abort()
        throw error
      }
      return { folder: out, examples: total, files: files.files + 1, index: within(out, INDEX) }
    },
    [INDEX],
  )
}

async function filesOf(as: ExportOptions['as'], folder: string, total: number): Promise<ExampleFiles> {
  if (as === 'png') return (await import('./pngFiles.js')).pngFiles(folder)
  return (await import('./npyFiles.js')).npyFiles(folder, total)
}

/** Checks that what is asked for by a value is a column of examples, or a key of their folders. */
async function requireColumns(lake: Lake, where: Where = {}): Promise<void> {
  const keys = (await lake.files({ table: 'examples' })).flatMap(({ partition }) => Object.keys(partition))
  const columns = [...new Set([...TABLES.examples.columns.map(({ name }) => name), ...keys])]
  const unknown = Object.keys(where).find((name) => !columns.includes(name))
  if (unknown === undefined) return
  throw new BlindspotError(
    'bad-option',
    `where: examples have no column ${unknown}; their columns are ${columns.join(', ')}`,
  )
}

const COLUMNS = [
  'run',
  'source_model',
  'dataset',
  'split',
  'index',
  'label',
  'method',
  'goal',
  'target',
].concat('prediction', 'adversarial_prediction', 'distortion', 'l2', 'linf')

function told(batch: AdversarialBatch, row: number): readonly (string | number)[] {
  const { run, sourceModel, dataset, split, method, goal } = batch
  const { index, label, target, prediction, adversarialPrediction, distortion, l2, linf } = batch
  return [
    ...[run, sourceModel, dataset, split, index[row], label[row], method, goal, target[row]],
    ...[prediction[row], adversarialPrediction[row], distortion[row], l2[row], linf[row]],
  ]
}

const csv = (rows: readonly (readonly (string | number)[])[]) =>
  Buffer.from(
    stringify(
      rows.map((row) => [...row]),
      { quoted_match: /[\r\n]/ },
    ),
  )
