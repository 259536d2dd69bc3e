import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import { STATUSES, type Status } from '../../operators/records/codes.js'
import type { ImageShape } from '../../operators/records/image.js'
import type { ModelRecord } from '../../operators/records/model.js'
import type { ScoreBatch } from '../../operators/records/score.js'
import type { TableName, Tables } from '../../operators/records/tables.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { openLake } from '../../sinks/lake/openLake.js'

/** Examples of given distortions; NaN: a search that failed. Every image is grey, every perturbation of one sign. */
export function examplesOf(
  sourceModel: string,
  distortions: readonly number[],
  options: { split?: string; goal?: AdversarialBatch['goal']; shape?: ImageShape; skipped?: number } = {},
): AdversarialBatch {
  const { split = 'train', goal = 'random', shape = [4, 4, 1], skipped = 0 } = options
  const values = shape[0] * shape[1] * shape[2]
  const status = (i: number): Status =>
    i >= distortions.length ? 'skipped' : Number.isNaN(distortions[i]) ? 'failed' : 'success'
  const row = Array.from({ length: distortions.length + skipped }, (_, i) => i)
  const size = (i: number) => (status(i) === 'success' ? distortions[i] : NaN)
  const numbers = (of: (i: number) => number) =>
    Float64Array.from(row, (i) => (status(i) === 'success' ? of(i) : NaN))
  const integers = (of: (i: number) => number) => Int32Array.from(row, of)
  return {
    run: `run of ${sourceModel} ${goal}`,
    sourceModel,
    dataset: 'mnist',
    split,
    method: 'l-bfgs',
    goal,
    shape,
    index: integers((i) => 100 + i),
    label: integers((i) => i % 10),
    target: integers((i) => (i + 1) % 10),
    prediction: integers((i) => (status(i) === 'skipped' ? (i + 2) % 10 : i % 10)),
    adversarialPrediction: integers((i) => (status(i) === 'success' ? (i + 1) % 10 : -1)),
    status: Uint8Array.from(row, (i) => STATUSES.indexOf(status(i))),
    reason: Uint8Array.from(row, (i) => ({ success: 0, skipped: 1, failed: 3 })[status(i)]),
    distortion: numbers(size),
    l2: numbers((i) => size(i) * Math.sqrt(values)),
    relativeL2: numbers(() => NaN),
    linf: numbers(size),
    c: numbers(() => 0.5),
    margin: numbers(() => 1e-3),
    polishedDistortion: numbers(size),
    residual: numbers(() => 1e-3),
    bracketWidth: numbers(() => 1e-3),
    monotone: integers(() => 1),
    solves: integers(() => 5),
    iterations: integers(() => 20),
    evaluations: integers(() => 30),
    original: new Float32Array(row.length * values).fill(0.5),
    adversarial: Float32Array.from({ length: row.length * values }, (_, at) => {
      const i = Math.floor(at / values)
      return status(i) === 'success' ? 0.5 + distortions[i] : 0.5
    }),
  }
}

/** What a victim made of n examples, of which it got the first `errors` wrong. */
export function scoresOf(
  sourceModel: string,
  model: string,
  n: number,
  errors: number,
  {
    kind = 'adversarial',
    stddev = NaN,
    split = 'train',
    quality = -1,
  }: Partial<Pick<ScoreBatch, 'kind' | 'stddev' | 'split' | 'quality'>> = {},
): ScoreBatch {
  const row = Array.from({ length: n }, (_, i) => i)
  const wrong = (i: number) => i < errors
  const targeted = kind !== 'clean' && kind !== 'gaussian'
  const attack = { run: `run of ${sourceModel} random`, method: 'l-bfgs', goal: 'random' } as const
  return {
    ...(targeted ? attack : { run: `${kind} run`, method: '', goal: '' }),
    sourceModel,
    model,
    kind,
    stddev,
    seed: kind === 'gaussian' ? 1 : NaN,
    clip: false,
    quality,
    dataset: 'mnist',
    split,
    index: Int32Array.from(row, (i) => 100 + i),
    label: Int32Array.from(row, (i) => i % 10),
    target: Int32Array.from(row, (i) => (targeted ? (i + 1) % 10 : -1)),
    prediction: Int32Array.from(row, (i) => (wrong(i) ? (i + 1) % 10 : i % 10)),
    error: Uint8Array.from(row, (i) => Number(wrong(i))),
    cleanError: new Uint8Array(n),
  }
}

export function modelOf(model: string, trainError: number, testError: number, images = 60_000): ModelRecord {
  return {
    kind: 'model',
    model,
    architecture: model.replace(/@.*/, '').replace('FC10(', 'FC10-nobias('),
    configuration: model,
    ...{ depth: 0, width: 0, activation: '', weightDecay: NaN },
    dataset: 'mnist',
    split: 'train',
    images,
    seed: 1,
    backend: 'native',
    weightsHash: 'ab'.repeat(32),
    dataHash: 'cd'.repeat(32),
    decay: 'half',
    trainError,
    testError,
    testImages: 10_000,
    seconds: 1,
  }
}

/** Commits some records as a step of their own. */
export const put = putAs({})

/** The same as a step of the main job, which notes whether it was quick. */
export const putByPaper = putAs({ quick: false })

function putAs(notes: Readonly<Record<string, boolean>>) {
  return <Name extends TableName>(...step: PutStep<Name>) => putNoted(notes, ...step)
}

type PutStep<Name extends TableName> = readonly [
  lake: Lake,
  table: Name,
  partition: Record<string, string>,
  ...records: Tables[Name][],
]

async function putNoted<Name extends TableName>(
  notes: Readonly<Record<string, boolean>>,
  lake: Lake,
  table: Name,
  partition: Record<string, string>,
  ...records: Tables[Name][]
): Promise<void> {
  const step = `${table} ${Object.values(partition).join()} ${(await lake.files()).length}`.replaceAll(
    /\W/g,
    '-',
  )
  const provenance = {
    blindspot: '9.9.9',
    commit: 'c0ffee',
    command: 'blindspot paper --seed 7',
    seed: 7,
    ...notes,
  }
  const writer = lake.writer(table, { step, partition, provenance })
  for (const record of records) await writer.write(record as never)
  await writer.close()
}

/** Two networks of Table 2 and one of another name, with 100 examples each. */
export async function small(folder: string, transfer = 60, noisy = [10, 5]): Promise<Lake> {
  const lake = await openLake(folder)
  await putByPaper(lake, 'models', { name: 'FC10(1)' }, [modelOf('FC10(1)', 0.2, 0.215)])
  await putByPaper(lake, 'models', { name: 'AE400-10' }, [modelOf('AE400-10', 0.0057, 0.019)])
  const sizes = Array.from({ length: 100 }, (_, i) => 0.1 + 0.001 * (i % 5))
  await putByPaper(lake, 'examples', { source: 'FC10(1)' }, examplesOf('FC10(1)', sizes, { skipped: 4 }))
  await putByPaper(lake, 'examples', { source: 'AE400-10' }, examplesOf('AE400-10', sizes.with(3, NaN)))
  const [a, b] = ['FC10(1)', 'AE400-10']
  await putByPaper(lake, 'scores', { shown: a }, scoresOf(a, a, 100, 100), scoresOf(a, b, 100, transfer))
  await putByPaper(lake, 'scores', { shown: b }, scoresOf(b, a, 100, transfer), scoresOf(b, b, 100, 100))
  for (const stddev of [0.1, 0.3, 1]) {
    const noise = { kind: 'gaussian' as const, stddev }
    await putByPaper(
      lake,
      'scores',
      { shown: `gaussian ${stddev}` },
      scoresOf('', a, 100, noisy[0], noise),
      scoresOf('', b, 100, noisy[1], noise),
    )
  }
  await putByPaper(
    lake,
    'searches',
    { source: a },
    [0.1, 0.2, 0.4, 0.3].map((c, i) => ({
      ...{ run: 'run', sourceModel: a, dataset: 'mnist', split: 'train', index: 100, label: 0, target: 1 },
      ...{ solve: i + 1, c, distortion: 0.02 / c, margin: 0.1, fooled: c < 0.4, loss: 0.7 },
      ...{ residual: 1e-3, iterations: 4, evaluations: 6, best: c === 0.3 },
    })),
  )
  return lake
}
