import { basename, dirname, join, resolve } from 'node:path'
import { defer, map, type OperatorFunction } from 'rxjs'
import { BlindspotError } from '../operators/errors.js'
import { stream } from '../operators/flow/stream.js'
import { gaussianNoise } from '../operators/gaussianNoise.js'
import type { Classifier } from '../operators/classifier.js'
import type { AdversarialBatch } from '../operators/records/adversarial.js'
import { successes } from '../operators/records/example.js'
import { sampleKey, type ImageBatch } from '../operators/records/image.js'
import { score } from '../operators/score.js'
import { useBackend, type BackendName } from '../operators/tensor/backend.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { openLake } from '../sinks/lake/lake.js'
import type { Table } from '../sinks/table/table.js'
import { openDatabase } from '../sources/duckdb.js'
import { files } from '../sources/files.js'
import { sha256Of } from '../sources/sha256.js'
import { disk } from '../sources/store.js'
import { readExamples } from '../sources/records.js'
import { acceptedBy } from './steps/acceptedBy.js'
import type { IntoOptions } from './steps/attack.js'
import { provenance } from './steps/provenance.js'
import { requireSameModel } from './steps/requireSameModel.js'
import { scoredExamples, type ExampleFile } from './scoredExamples.js'
import { scoreInto } from './steps/score.js'
import { scoreLines, scoresTable, type ScoreLine } from './tables/scores.js'

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

/** Error rates by what was shown and by victim. */
export interface ScoreSummary {
  readonly rows: readonly ScoreLine[]
  readonly table: Table
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
    const written = new Map<string, string>()
    for (const step of steps) {
      const common = { label: `score ${step.partition}`, models, provenance: made }
      const files = await scoreInto(lake, { ...common, ...step }, into)
      for (const { path, step: run } of files) written.set(path, run)
    }
    const of = { runs: [...new Set(written.values())], models: models.map(({ name }) => name) }
    const database = await openDatabase([{ table: 'scores', paths: [...written.keys()] }])
    try {
      const rows = await scoreLines(database, of)
      return { rows, table: scoresTable(rows, of), files: [...written.keys()] }
    } finally {
      database.close()
    }
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
