import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import { BlindspotError } from '../../operators/errors.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { AtomicFile } from '../../sources/atomicFile.js'
import { writingToNew } from '../../sources/objects/writingToNew.js'
import { within } from '../../sources/place.js'
import type { ExampleFiles } from './exampleFiles.js'
import { examplesOf, type ExampleChoice } from './examplesOf.js'
import type { Exported, ExportOptions } from './exportOptions.js'

const INDEX = 'index.csv'

/** Writes examples to a folder, as `exportExamples` says. */
export async function writeExamples(
  lake: Lake,
  out: string,
  { as, onRows = () => undefined, ...chosen }: ExportOptions,
): Promise<Exported> {
  let total = 0
  for await (const { index } of examplesOf(lake, chosen, false)) total += index.length
  if (total === 0)
    throw new BlindspotError(
      'bad-option',
      `${lake.folder} has no adversarial example${askedBy(chosen)}; blindspot runs ${lake.folder} shows what there is`,
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

/** What is asked of examples, in words. */
function askedBy({ where }: ExampleChoice): string {
  if (where === undefined) return ''
  return ` that --where asks for${'status' in where ? '; only those that succeeded (status=success) have images to export' : ''}`
}

async function filesOf(as: ExportOptions['as'], folder: string, total: number): Promise<ExampleFiles> {
  if (as === 'png') return (await import('./pngFiles.js')).pngFiles(folder)
  return (await import('./npyFiles.js')).npyFiles(folder, total)
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
