/** Bits after the point of a weight: 32 less 8 of a sample and 2 that the sum may need. */
export const WEIGHT_BITS = 22

/** What the outputs along one axis are made of, each of some samples that lie side by side. */
export interface Taps {
  /** [outputs] The first sample that an output is made of. */
  readonly first: Int32Array
  /** [outputs] How many they are. */
  readonly count: Int32Array
  /** [outputs × most] Their weights in units of 2^-22, 0 after the last one. */
  readonly weights: Int32Array
  /** Samples of an output at most. */
  readonly most: number
}

/**
 * The weights of Pillow's bilinear filter, a triangle that is as wide as what is shrunk: of the outputs `from` to `to` of
 * `outputs`, which an axis of some samples is brought to. At the ends the weights that are left are brought to a sum of 1.
 */
export function triangleTaps(samples: number, outputs: number, from: number, to: number): Taps {
  const scale = samples / outputs
  const support = Math.max(1, scale)
  const most = Math.min(samples, Math.ceil(support) * 2 + 1)
  const length = to - from
  const first = new Int32Array(length)
  const count = new Int32Array(length)
  const weights = new Int32Array(length * most)
  const part = new Float64Array(most)
  for (let i = 0; i < length; i++) {
    const center = (from + i + 0.5) * scale
    const start = Math.max(0, Math.trunc(center - support + 0.5))
    const end = Math.min(samples, Math.trunc(center + support + 0.5))
    let sum = 0
    for (let x = start; x < end; x++) {
      const weight = Math.max(0, 1 - Math.abs((x - center + 0.5) * (1 / support)))
      part[x - start] = weight
      sum += weight
    }
    for (let x = 0; x < end - start; x++)
      weights[i * most + x] = Math.trunc(0.5 + (sum === 0 ? part[x] : part[x] / sum) * 2 ** WEIGHT_BITS)
    first[i] = start
    count[i] = end - start
  }
  return { first, count, weights, most }
}
