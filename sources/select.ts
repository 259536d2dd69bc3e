import { BlindspotError } from '../operators/errors.js'
import { positiveInteger } from '../operators/flow/positiveInteger.js'
import { unexpected } from '../operators/options/unexpected.js'
import { permutation, randomFor } from '../operators/random.js'

export const HALVES = ['P1', 'P2'] as const
/** One of the two disjoint halves of a training set. */
export type Half = (typeof HALVES)[number]

/** Which samples of a split, and in which order: first the half, then the shuffle, then skip, then the limit. */
export interface SelectOptions {
  /** Which half to select from. Default: all. */
  readonly half?: Half | undefined
  /** Seed of the order. Default: the order of the file. */
  readonly shuffle?: number | { readonly seed: number } | undefined
  /** How many samples to leave out at the beginning. Default 0. */
  readonly skip?: number | undefined
  /** How many samples to give at most. Default: all. */
  readonly limit?: number | undefined
}

/** The seed of an order, where one is asked for. */
export const seedOf = (shuffle: SelectOptions['shuffle']): number | undefined =>
  typeof shuffle === 'object' ? shuffle.seed : shuffle

/** The halves are the same for everybody: they do not depend on a run's seed. */
const HALF_SEED = 0

/** Throws `bad-option` where the options make no sense, before anything is read. */
export function checkSelection(
  owner: string,
  split: string,
  { half, shuffle, skip, limit }: SelectOptions,
): void {
  if (skip !== undefined && !(Number.isSafeInteger(skip) && skip >= 0)) {
    throw unexpected(`${owner}: skip`, 'a whole number from 0', skip)
  }
  if (limit !== undefined) positiveInteger(owner, 'limit', limit)
  const order: unknown = shuffle
  const seed = order === null ? order : seedOf(shuffle)
  if (seed !== undefined && !Number.isSafeInteger(seed)) {
    throw unexpected(`${owner}: shuffle`, 'a whole number, its seed', seed)
  }
  if (half === undefined) return
  if (!HALVES.includes(half)) {
    throw new BlindspotError('bad-option', `${owner}: half: expected P1 or P2, got ${JSON.stringify(half)}`)
  }
  if (split !== 'train') {
    throw new BlindspotError(
      'bad-option',
      `${owner}: half: expected the split train, which alone has halves, got ${split}/${half}`,
    )
  }
}

/**
 * Positions in the full split of the samples that the options select, in order.
 *
 * A function of (dataset, split, labels, options) alone.
 */
export function select(
  dataset: string,
  split: string,
  labels: ArrayLike<number>,
  { half, shuffle, skip = 0, limit = Infinity }: SelectOptions,
): Int32Array {
  let chosen = half ? halfOf(dataset, labels, half) : Int32Array.from({ length: labels.length }, (_, i) => i)
  const seed = seedOf(shuffle)
  if (seed !== undefined) chosen = shuffled(dataset, split, labels.length, chosen, seed)
  return chosen.subarray(skip, skip + limit)
}

/** How many samples of `n` a half has, or else all. */
export const countOf = (n: number, { half }: Pick<SelectOptions, 'half'>): number =>
  half === undefined ? n : Math.floor((n + 1 - HALVES.indexOf(half)) / 2)

/**
 * Positions of a half, ascending: P1 and P2 are disjoint, together everything, of equal size (P1 has one
 * more of an odd number), and no class differs by more than one between them.
 *
 * Samples in the order `permutation(n, randomFor(0, 'half', dataset))` are sorted by class, stably, and
 * dealt out in turn.
 */
export function halfOf(dataset: string, labels: ArrayLike<number>, half: Half): Int32Array {
  const order = permutation(labels.length, randomFor(HALF_SEED, 'half', dataset))
  const byClass = Array.from(order).sort((a, b) => labels[a] - labels[b])
  const parity = HALVES.indexOf(half)
  return Int32Array.from(byClass.filter((_, i) => i % 2 === parity)).sort()
}

/**
 * The chosen positions in the order that `permutation(n, randomFor(seed, 'shuffle', dataset, split))` gives
 * the whole split: two samples are in the same order whatever else is chosen.
 */
export function shuffled(
  dataset: string,
  split: string,
  n: number,
  chosen: Int32Array,
  seed: number,
): Int32Array {
  const isChosen = new Uint8Array(n)
  for (const position of chosen) isChosen[position] = 1
  return permutation(n, randomFor(seed, 'shuffle', dataset, split)).filter(
    (position) => isChosen[position] === 1,
  )
}
