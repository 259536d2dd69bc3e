import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import { STATUSES, type Status } from '../../operators/records/codes.js'
import type { ImageShape } from '../../operators/records/image.js'
import type { ModelRecord } from '../../operators/records/model.js'
import type { ScoreBatch } from '../../operators/records/score.js'

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
  }: Partial<Pick<ScoreBatch, 'kind' | 'stddev' | 'split'>> = {},
): ScoreBatch {
  const row = Array.from({ length: n }, (_, i) => i)
  const wrong = (i: number) => i < errors
  const targeted = kind === 'adversarial' || kind === 'amplified'
  const attack = { run: `run of ${sourceModel} random`, method: 'l-bfgs', goal: 'random' } as const
  return {
    ...(targeted ? attack : { run: `${kind} run`, method: '', goal: '' }),
    sourceModel,
    model,
    kind,
    stddev,
    seed: kind === 'gaussian' ? 1 : NaN,
    clip: false,
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
