import { randomFor } from '../random.js'
import type { End } from '../records/coherence.js'
import type { LabelCounts } from '../records/rank.js'
import { alike, type Likeness } from './likeness.js'
import { purityTail } from './purityTail.js'

/** p-values of what k images are like, where their labels say nothing. */
export interface LabelNull {
  /** p of images of one label: no k images can have a smaller one. */
  readonly least: (end: End) => number
  readonly purity: (purity: number, end: End) => number
  /** p of an entropy in bits. */
  readonly entropy: (entropy: number, end: End) => number
}

/**
 * The null distribution of k images under permutations of all labels: those at one end are k labels drawn without
 * replacement, those at both ends two such draws at once, of which the better one counts.
 *
 * The purity of one end is exact. An entropy's p is counted over permutations, and where they are too few for it bounded by
 * the exact one of the purity that it needs: k images of entropy H have a label with a share of at least 2^−H. Of the better
 * of both ends p is P(A or B) = 2 P(A) − P(A and B), of which the permutations give the last.
 */
export function labelNull(labels: LabelCounts, k: number, permutations: number, seed: number): LabelNull {
  const tail = purityTail(labels, k)
  const drawn = draws(labels, k, permutations, seed)
  const entropies = new Sorted(drawn.map(({ top }) => -top.entropy))
  const bothPure = new Sorted(drawn.map(({ top, bottom }) => Math.min(top.purity, bottom.purity)))
  const bothOrdered = new Sorted(drawn.map(({ top, bottom }) => -Math.max(top.entropy, bottom.entropy)))
  /** The p of either of two events of the same p. */
  const either = (p: number, both: Sorted, value: number) =>
    Math.min(1, Math.max(p, 2 * p - both.atLeast(value) / permutations))
  // a sum of floating-point shares is no more than this off
  const images = (share: number) => Math.ceil(k * share - 1e-9)
  const ofEntropy = (entropy: number) => {
    const bound = tail(images(2 ** -entropy))
    return entropy === 0 ? bound : Math.min(bound, (1 + entropies.atLeast(-entropy)) / (1 + permutations))
  }
  const purity = (value: number, end: End) => {
    const p = tail(images(value))
    return end === 'better' ? either(p, bothPure, value) : p
  }
  return {
    purity,
    least: (end) => purity(1, end),
    entropy(value, end) {
      const p = ofEntropy(value)
      return end === 'better' ? either(p, bothOrdered, -value) : p
    },
  }
}

/** Likenesses of the images at either end under permutations of the labels. */
function draws(labels: LabelCounts, k: number, permutations: number, seed: number) {
  const all = Int32Array.from(labels.flatMap(([label, images]) => Array<number>(images).fill(label)))
  const random = randomFor(seed, 'permutation', k)
  // in a short stream images are at both ends
  const ends = Math.min(all.length, 2 * k)
  return Array.from({ length: permutations }, (): Readonly<Record<'top' | 'bottom', Likeness>> => {
    // the beginning of a shuffle, of whatever order the last one left
    for (let i = 0; i < ends; i++) {
      const j = i + random.integer(all.length - i)
      const kept = all[i]
      all[i] = all[j]
      all[j] = kept
    }
    return { top: alike(all.subarray(0, k)), bottom: alike(all.subarray(ends - k, ends)) }
  })
}

class Sorted {
  readonly #values: Float64Array

  constructor(values: readonly number[]) {
    this.#values = Float64Array.from(values).sort()
  }

  /** How many of the sorted values are at least a value. */
  atLeast(value: number): number {
    let low = 0
    let high = this.#values.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#values[middle] < value) low = middle + 1
      else high = middle
    }
    return this.#values.length - low
  }
}
