import { basename, dirname, join, resolve } from 'node:path'
import { defer, map, type OperatorFunction } from 'rxjs'
import { BlindspotError } from '../operators/errors.js'
import { stream } from '../operators/flow/stream.js'
import { gaussianNoise } from '../operators/gaussianNoise.js'
import type { Classifier } from '../operators/classifier.js'
import type { AdversarialBatch } from '../operators/records/adversarial.js'
import { successes } from '../operators/records/example.js'
import { sampleKey, type ImageBatch } from '../operators/records/image.js'
import type { ScoreBatch } from '../operators/records/score.js'
import { score } from '../operators/score.js'
import { useBackend, type BackendName } from '../operators/tensor/backend.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { openLake } from '../sinks/lake/lake.js'
import type { PrintedTable } from '../sinks/table.js'
import { files } from '../sources/files.js'
import { sha256Of } from '../sources/sha256.js'
import { disk } from '../sources/store.js'
import { readExamples, readScores } from '../sources/records.js'
import { acceptedBy } from './steps/acceptedBy.js'
import type { IntoOptions } from './steps/attack.js'
import { ErrorCount } from './errorCount.js'
import { provenance } from './steps/provenance.js'
import { requireSameModel } from './steps/requireSameModel.js'
import { scoredExamples, type ExampleFile } from './scoredExamples.js'
import { scoreInto } from './steps/score.js'
import { rate } from './tables/statistics.js'

/** A scoring as the command line has it. */
export interface ScoreRequest {
  /** A data set with a table `examples`, a folder of Parquet files, or one. */
  readonly examples: string
  /** Victims: folders with `model.json`, or those files. */
  readonly models: readonly string[]
  /** Standard deviations of Gaussian noise on the same images. */
  readonly noise?: readonly number[] | undefined
  /** RMS that the perturbations are rescaled to as well. */
  readonly amplify?: number | undefined
  /** Clip noise and amplified perturbations to the examples' box. Default false. */
  readonly clip?: boolean | undefined
  /** Of the noise. Default 1. */
  readonly seed?: number | undefined
  readonly backend?: BackendName | undefined
  readonly out: string
}

/** Errors of one victim on what was shown to it: rows, the images that they are of, and the share with its interval. */
export interface ScoreLine {
  readonly run: string
  readonly source_model: string
  readonly kind: string
  /** How the examples were looked for, and what they aimed at; empty for noise. */
  readonly method: string
  readonly goal: string
  readonly stddev: number | null
  /** Of the noise. */
  readonly seed: number | null
  readonly clip: boolean
  readonly model: string
  readonly n: number
  readonly images: number
  readonly errors: number
  readonly error: number
  readonly error_low: number
  readonly error_high: number
  /** The same over the images that the victim gets right when clean; null where there are none. */
  readonly clean_n: number
  readonly clean_images: number
  readonly clean_errors: number
  readonly clean_error: number | null
  readonly clean_error_low: number | null
  readonly clean_error_high: number | null
}

/** Error rates by what was shown and by victim. */
export interface ScoreSummary {
  readonly rows: readonly ScoreLine[]
  readonly table: PrintedTable
  /** Parquet files of the rows. */
  readonly files: readonly string[]
}

/** Shows written examples to other models and writes the table `scores`. */
export async function scoreExamples(request: ScoreRequest, into: IntoOptions): Promise<ScoreSummary> {
  const { amplify: size, clip = false, seed = 1, out } = request
  const noise = [...new Set(request.noise)]
  const examples = await examplesBelow(request.examples)
  await useBackend(request.backend)
  const models: Classifier[] = []
  try {
    for (const path of request.models) models.push(await loadClassifier(path))
    const lake = await openLake(out)
    for (const model of models) requireSameModel(lake, model, 'scores')
    const steps = [
      ...examples.map((file) => ({ partition: 'adversarial', ...scoredExamples(file) })),
      ...(size === undefined
        ? []
        : examples.map((file) => ({
            partition: `amplified ${size}`,
            ...scoredExamples(file, { size, norm: 'rms', clip }),
          }))),
      ...noise.map((stddev) => ({
        partition: `gaussian ${stddev}`,
        what: { stddev, seed, clip, originals: examples.map(({ sha256 }) => sha256) },
        scores: (some: readonly Classifier[], run: string) =>
          stream(() =>
            readExamples(
              examples.map(({ path }) => path),
              acceptedBy(models),
            ),
          ).pipe(originals(), gaussianNoise(stddev, { seed, clip }), score(some, { run })),
      })),
    ]
    const made = await provenance()
    const written = new Set<string>()
    for (const step of steps) {
      const common = { label: `score ${step.partition}`, models, provenance: made }
      const files = await scoreInto(lake, { ...common, ...step }, into)
      for (const { path } of files) written.add(path)
    }
    return summaryOf(
      await linesOf(
        [...written],
        models.map(({ name }) => name),
      ),
      [...written],
    )
  } finally {
    for (const model of models) model.dispose()
  }
}

/** The files of a data set, of its table, of another folder, or one. */
async function examplesBelow(path: string): Promise<readonly ExampleFile[]> {
  const above = dirname(resolve(path))
  const isDataSet = async (folder: string) => (await disk.stat(join(folder, 'manifest.json'))) !== undefined
  const folder = (await isDataSet(path)) ? path : (await isDataSet(above)) ? above : undefined
  if (folder !== undefined && (folder === path || basename(resolve(path)) === 'examples')) {
    const lake = await openLake(folder, { readOnly: true })
    const committed = lake.files({ table: 'examples' })
    if (committed.length > 0) {
      await lake.verify(committed)
      return committed
    }
    throw new BlindspotError(
      'bad-data',
      `${folder}: the data set has no table examples; make it with blindspot attack`,
    )
  }
  const paths = await files(path, '.parquet')
  // known by what they hold, not by place or time
  const found: ExampleFile[] = []
  for (const file of paths) found.push({ path: file, sha256: await sha256Of(file) })
  return found
}

/** The clean images of the examples, each once. */
function originals(): OperatorFunction<AdversarialBatch, ImageBatch> {
  return (source) =>
    defer(() => {
      const seen = new Set<string>()
      return source.pipe(
        map((batch) => {
          const { dataset, split, shape, box } = batch
          const { index, label, original } = successes(batch)
          const size = original.length / index.length
          const rows = [...index.keys()].filter((row) => {
            const sample = sampleKey(dataset, split, index[row])
            return !seen.has(sample) && seen.add(sample)
          })
          const pixels = new Float32Array(rows.length * size)
          rows.forEach((row, i) => pixels.set(original.subarray(row * size, (row + 1) * size), i * size))
          const take = (column: Int32Array) => Int32Array.from(rows, (row) => column[row])
          return {
            dataset,
            split,
            shape,
            index: take(index),
            label: take(label),
            pixels,
            ...(box && { box }),
          }
        }),
      )
    })
}

/** The errors in some files of scores, of some victims. */
async function linesOf(paths: readonly string[], victims: readonly string[]): Promise<readonly ScoreLine[]> {
  const counts = new Map<string, { readonly first: ScoreBatch; readonly count: ErrorCount }>()
  for await (const batch of readScores(paths)) {
    const { run, sourceModel, kind, method, goal, stddev, seed, clip, model } = batch
    if (!victims.includes(model)) continue
    const key = JSON.stringify([run, sourceModel, kind, method, goal, stddev, seed, clip, model])
    const found = counts.get(key) ?? { first: batch, count: new ErrorCount() }
    counts.set(key, found)
    for (let row = 0; row < batch.index.length; row++) found.count.add(batch, row)
  }
  const numberOf = (value: number) => (Number.isNaN(value) ? null : value)
  return [...counts.values()].map(({ first, count: { cell } }) => {
    const { run, sourceModel, kind, method, goal, stddev, seed, clip, model } = first
    const [all, right] = [rate(cell.all), rate(cell.right)]
    return {
      ...{ run, source_model: sourceModel, kind, method, goal },
      ...{ stddev: numberOf(stddev), seed: numberOf(seed), clip, model },
      ...{ n: cell.all.rows, images: cell.all.images, errors: cell.all.count },
      ...{ error: all.value, error_low: all.low, error_high: all.high },
      ...{ clean_n: cell.right.rows, clean_images: cell.right.images, clean_errors: cell.right.count },
      clean_error: numberOf(right.value),
      clean_error_low: numberOf(right.low),
      clean_error_high: numberOf(right.high),
    }
  })
}

function summaryOf(rows: readonly ScoreLine[], written: readonly string[]): ScoreSummary {
  const share = (value: number | null, low: number | null, high: number | null) => {
    const percent = (fraction: number | null) => (fraction === null ? '–' : (100 * fraction).toFixed(1))
    return value === null ? '–' : `${percent(value)} [${percent(low)}, ${percent(high)}]`
  }
  const attackOf = ({ source_model, method, goal }: ScoreLine) => [source_model, method, goal].join('\n')
  const several = (row: ScoreLine) =>
    rows.some((other) => other.run !== row.run && attackOf(other) === attackOf(row) && row.goal !== '')
  return {
    rows,
    files: written,
    table: {
      title: 'Error in % [95 %]: over all, and over the images that the model gets right when clean',
      header: ['made for', 'shown', 'by', 'fed to', 'N', 'rows', 'error', 'error where clean is right', 'N'],
      rows: rows.map((row) => [
        row.source_model,
        `${row.kind}${row.stddev === null ? '' : ` ${row.stddev}`}${row.clip ? ', clipped' : ''}`,
        [row.method, row.goal, ...(several(row) ? [`run ${row.run.slice(0, 6)}`] : [])]
          .filter((part) => part !== '')
          .join(', '),
        row.model,
        String(row.images),
        String(row.n),
        share(row.error, row.error_low, row.error_high),
        share(row.clean_error, row.clean_error_low, row.clean_error_high),
        String(row.clean_images),
      ]),
      notes: ['N: images; several rows of one count as one in the intervals (Wilson’s)', ...written],
    },
  }
}
