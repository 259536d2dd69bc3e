import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { concat, defer, map, type Observable, type OperatorFunction } from 'rxjs'
import { amplify } from '../operators/amplify.js'
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
import { openLake } from '../sinks/lake.js'
import type { PrintedTable } from '../sinks/table.js'
import { files, openToRead } from '../sources/files.js'
import { readExamples, readScores } from '../sources/records.js'
import { acceptedBy } from './acceptedBy.js'
import type { IntoOptions } from './attackInto.js'
import { provenance } from './provenance.js'
import { scoreInto } from './scoreInto.js'
import { proportion } from './statistics.js'

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
  readonly rows: readonly {
    readonly source_model: string
    readonly kind: string
    /** What the examples aimed at; empty for noise. */
    readonly goal: string
    readonly stddev: number | null
    readonly model: string
    readonly n: number
    readonly errors: number
    readonly clean_n: number
    readonly clean_errors: number
  }[]
  readonly table: PrintedTable
  readonly file: string
}

/** Shows written examples to other models and writes the table `scores`. */
export async function scoreExamples(request: ScoreRequest, into: IntoOptions): Promise<ScoreSummary> {
  const { amplify: rms, clip = false, seed = 1, out } = request
  const noise = [...new Set(request.noise)]
  const { paths, identity } = await examplesBelow(request.examples)
  await useBackend(request.backend)
  const models: Classifier[] = []
  try {
    for (const path of request.models) models.push(await loadClassifier(path))
    const examples = () => stream(() => readExamples(paths, acceptedBy(models)))
    const scores: Observable<ScoreBatch>[] = [examples().pipe(score(models))]
    if (rms !== undefined) scores.push(examples().pipe(amplify(rms, { clip }), score(models)))
    for (const stddev of noise) {
      scores.push(examples().pipe(originals(), gaussianNoise(stddev, { seed, clip }), score(models)))
    }
    const { path } = await scoreInto(
      await openLake(out),
      {
        label: 'score',
        scores: concat(...scores),
        what: {
          examples: identity,
          models: models.map(({ name, weightsHash }) => [name, weightsHash]),
          ...{ noise, rms, clip, seed },
        },
        partition: 'examples',
        provenance: await provenance(),
      },
      into,
    )
    return await summaryOf(path)
  } finally {
    for (const model of models) model.dispose()
  }
}

/** The files of a data set, of its table, of another folder, or one; and what tells them from others. */
async function examplesBelow(
  path: string,
): Promise<{ readonly paths: readonly string[]; readonly identity: unknown }> {
  const folder = [path, dirname(resolve(path))].find((each) => existsSync(join(each, 'manifest.json')))
  if (folder !== undefined && (folder === path || basename(resolve(path)) === 'examples')) {
    const lake = await openLake(folder, { readOnly: true })
    const committed = lake.files({ table: 'examples' })
    if (committed.length > 0) {
      await lake.verify(committed)
      return { paths: committed.map((file) => file.path), identity: committed.map(({ sha256 }) => sha256) }
    }
    throw new BlindspotError(
      'bad-data',
      `${folder}: the data set has no table examples; make it with blindspot attack`,
    )
  }
  const paths = await files(path, '.parquet')
  const hashes: string[] = []
  for (const file of paths) hashes.push(await sha256Of(file))
  return { paths, identity: hashes }
}

/** Files are known by what they hold, not by place or time. */
async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline((await openToRead(file)).createReadStream(), hash)
  return hash.digest('hex')
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

async function summaryOf(path: string): Promise<ScoreSummary> {
  const counts = new Map<
    string,
    {
      key: readonly [string, string, string, number, string]
      n: number
      errors: number
      cleanN: number
      cleanErrors: number
    }
  >()
  for await (const { sourceModel, kind, goal, stddev, model, error, cleanError } of readScores(path)) {
    const key = [sourceModel, kind, goal, stddev, model] as const
    const id = key.join('\n')
    const count = counts.get(id) ?? { key, n: 0, errors: 0, cleanN: 0, cleanErrors: 0 }
    counts.set(id, count)
    error.forEach((wrong, row) => {
      count.n++
      count.errors += wrong
      if (cleanError[row] === 0) {
        count.cleanN++
        count.cleanErrors += wrong
      }
    })
  }
  const rows = [...counts.values()].map(
    ({ key: [source, kind, goal, stddev, model], n, errors, cleanN, cleanErrors }) => ({
      source_model: source,
      kind,
      goal,
      stddev: Number.isNaN(stddev) ? null : stddev,
      model,
      n,
      errors,
      clean_n: cleanN,
      clean_errors: cleanErrors,
    }),
  )
  const share = (count: number, n: number) => {
    const { value, low, high } = proportion(count, n)
    const percent = (fraction: number) => (100 * fraction).toFixed(1)
    return `${percent(value)} [${percent(low)}, ${percent(high)}]`
  }
  return {
    rows,
    file: path,
    table: {
      title: 'Error in % [95 %]: over all, and over the images that the model gets right when clean',
      header: ['made for', 'shown', 'goal', 'fed to', 'N', 'error', 'error where clean is right', 'N'],
      rows: rows.map((row) => [
        row.source_model,
        row.stddev === null ? row.kind : `${row.kind} ${row.stddev}`,
        row.goal,
        row.model,
        String(row.n),
        share(row.errors, row.n),
        share(row.clean_errors, row.clean_n),
        String(row.clean_n),
      ]),
      notes: [path],
    },
  }
}
