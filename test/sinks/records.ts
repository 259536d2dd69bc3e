import { createHash } from 'node:crypto'
import type { ActivationBatch } from '../../operators/records/activation.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import type { Coherence } from '../../operators/records/coherence.js'
import type { RankBatch } from '../../operators/records/rank.js'
import type { ScoreBatch } from '../../operators/records/score.js'

/** Values that a detour through doubles, text or arithmetic would change. */
export const AWKWARD = new Float32Array(
  Uint32Array.from([0x80000000, 0x00000001, 0x007fffff, 0x7f7fffff, 0xff7fffff, 0x00800000, 0x3eaaaaab])
    .buffer,
)
/** The same with what no image has. */
const NOT_FINITE = new Float32Array(
  Uint32Array.from([0x80000000, 0x00000001, 0x007fffff, 0x7fc00123, 0x7f800000, 0xff800000, 0x3eaaaaab])
    .buffer,
)

/** Examples of which every third has none; image `index` begins with AWKWARD and its index. */
export function examplesOf(n: number, start = 0, sourceModel = 'FC10(1e-4)', values = 12): AdversarialBatch {
  const row = Array.from({ length: n }, (_, i) => i)
  const lacks = (i: number) => (start + i) % 3 === 2
  const numbers = (scale: number) => Float64Array.from(row, (i) => (lacks(i) ? NaN : scale * (start + i + 1)))
  const integers = (value: number) => Int32Array.from(row, (i) => value + ((start + i) % 5))
  const image = (shift: number) =>
    Float32Array.from({ length: n * values }, (_, at) => {
      const i = Math.floor(at / values)
      const value = at % values
      if (value < AWKWARD.length) return NaN
      return value === AWKWARD.length
        ? start + i
        : Math.fround((Math.abs(Math.sin(at) * 43758.5453) % 1) + shift)
    })
  const original = image(0)
  const adversarial = image(0.01)
  // NaN above holds the place: these have to arrive bit for bit
  const awkward = new Uint32Array(AWKWARD.buffer)
  for (const images of [original, adversarial])
    for (const i of row) new Uint32Array(images.buffer).set(awkward, i * values)
  for (const i of row)
    if (lacks(i)) {
      const bits = new Uint32Array(original.buffer, i * values * 4, values)
      new Uint32Array(adversarial.buffer).set(bits, i * values)
    }
  return {
    run: 'run-1',
    sourceModel,
    dataset: 'mnist',
    split: 'test',
    method: 'l-bfgs',
    goal: 'random',
    shape: [2, values / 4, 2],
    index: Int32Array.from(row, (i) => start + i),
    label: integers(0),
    target: Int32Array.from(row, (i) => (i % 4 === 3 ? -1 : 7)),
    prediction: integers(1),
    adversarialPrediction: Int32Array.from(row, (i) => (lacks(i) ? -1 : 7)),
    status: Uint8Array.from(row, (i) => (lacks(i) ? 2 : 0)),
    reason: Uint8Array.from(row, (i) => (lacks(i) ? 1 : 0)),
    distortion: numbers(0.001),
    l2: numbers(0.1),
    relativeL2: numbers(0.02),
    linf: numbers(0.01),
    c: numbers(1e-5),
    margin: numbers(1e-7),
    polishedDistortion: numbers(0.0009),
    residual: numbers(1e-4),
    bracketWidth: numbers(1e-3),
    monotone: Int32Array.from(row, (i) => (i % 3) - 1),
    solves: integers(3),
    iterations: integers(14),
    evaluations: integers(30),
    original,
    adversarial,
  }
}

export function scoresOf(n: number, start = 0, sourceModel = 'FC10(1)', stddev = NaN): ScoreBatch {
  const row = Array.from({ length: n }, (_, i) => start + i)
  return {
    sourceModel,
    run: 'run-1',
    model: 'AE400-10',
    method: Number.isNaN(stddev) ? 'l-bfgs' : '',
    goal: Number.isNaN(stddev) ? 'random' : '',
    kind: Number.isNaN(stddev) ? 'adversarial' : 'gaussian',
    stddev,
    seed: Number.isNaN(stddev) ? NaN : 2 ** 40,
    clip: stddev > 0.2,
    quality: -1,
    dataset: 'mnist',
    split: 'test',
    index: Int32Array.from(row),
    label: Int32Array.from(row, (i) => i % 10),
    target: Int32Array.from(row, (i) => (i % 2 === 0 ? -1 : 3)),
    prediction: Int32Array.from(row, (i) => (i * 7) % 10),
    error: Uint8Array.from(row, (i) => ((i * 7) % 10 === i % 10 ? 0 : 1)),
    cleanError: Uint8Array.from(row, (i) => (i % 11 === 0 ? 1 : 0)),
  }
}

/** Activations of which every row begins with awkward values. */
export function activationsOf(n: number, split = 'test', units = 12): ActivationBatch {
  const values = Float32Array.from({ length: n * units }, (_, at) => Math.fround(Math.sin(at) * 1e5))
  const awkward = new Uint32Array(NOT_FINITE.buffer)
  for (let row = 0; row < n; row++) new Uint32Array(values.buffer).set(awkward, row * units)
  return {
    model: 'FC100-100-10',
    layer: 'hidden1',
    side: 'pre',
    pool: 'mean',
    dataset: 'mnist',
    split,
    index: Int32Array.from({ length: n }, (_, i) => n - i),
    label: Int32Array.from({ length: n }, (_, i) => i % 10),
    values,
    ...(split === 'train' && { pre: values.map((value) => value / 3) }),
  }
}

/** Ranks of directions of three images each, out of two splits; those of `uniform` have no values. */
export function ranksOf(directions: number, basis = 'gaussian'): RankBatch {
  const row = Array.from({ length: 3 * directions }, (_, i) => i)
  const number = (f: (i: number) => number) =>
    Float64Array.from(row, (i) => (basis === 'uniform' ? NaN : f(i)))
  return {
    run: 'run-1',
    model: 'FC100-100-10',
    layer: 'hidden1',
    side: 'post',
    pool: 'none',
    basis,
    centered: basis === 'gaussian',
    images: 10_000,
    labels: [
      [0, 4000],
      [7, 6000],
    ],
    direction: Int32Array.from(row, (i) => Math.floor(i / 3)),
    rank: Int32Array.from(row, (i) => (i % 3 === 2 ? 10_000 : 1 + (i % 3))),
    dataset: row.map((i) => (i % 2 === 0 ? 'mnist' : 'ünïcode')),
    split: row.map((i) => (i % 5 === 0 ? 'train' : 'test')),
    index: Int32Array.from(row, (i) => (i * 7919) % 10_000),
    label: Int32Array.from(row, (i) => 7 * (i % 2)),
    value: number((i) => (i === 0 ? -0 : 1 / (3 - i))),
    mean: number((i) => 1e-300 * i),
    ...(basis === 'unit' && { pre: number((i) => 1 / (2 - i)) }),
    tied: Uint8Array.from(row, (i) => i % 2),
  }
}

export function coherenceRow(direction: number): Coherence {
  return {
    run: 'run-1',
    model: 'FC100-100-10',
    layer: 'hidden1',
    side: 'post',
    pool: 'none',
    basis: 'gaussian',
    centered: direction % 2 === 0,
    grouping: direction % 3 === 1 ? 'superclass' : 'class',
    direction,
    end: direction % 3 === 0 ? 'bottom' : direction % 4 === 0 ? 'better' : 'top',
    ...(direction % 2 === 0 && { leastP: 1e-9 }),
    k: 8,
    images: 10_000,
    tied: direction % 5 === 0,
    label: 7,
    purity: 5 / 8,
    entropy: 1 / 3,
    purityP: 1e-4,
    entropyP: 1,
  }
}

/** A record with the type, length and hash of its arrays, so that NaN, −0 and their bits are compared too. */
export function bytesOf(record: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]: [string, unknown]) => [
      key,
      ArrayBuffer.isView(value)
        ? digestOf(value.constructor.name, Buffer.from(value.buffer, value.byteOffset, value.byteLength))
        : value,
    ]),
  )
}

export const digestOf = (type: string, bytes: Buffer) =>
  `${type} ${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`

export async function collect<T>(from: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const value of from) all.push(value)
  return all
}
