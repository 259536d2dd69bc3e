import { map, type OperatorFunction } from 'rxjs'
import { BlindspotError } from './errors.js'
import { positiveInteger } from './flow/positiveInteger.js'
import { randomFor } from './random.js'
import type { Coherence, End } from './records/coherence.js'
import type { LabelCounts, RankBatch } from './records/rank.js'

export interface CoherenceOptions {
  /** How many images of an end are looked at. Default 4, 8, 16 and 64, those that the ranks have. */
  readonly k?: readonly number[] | undefined
  /** Permutations of the labels that the p-values are of. Default 9999: p is at least 1e-4. */
  readonly permutations?: number | undefined
  /** Of the permutations. Default 1. */
  readonly seed?: number | undefined
}

/** Sizes that the project reports. */
export const COHERENCE_SIZES = [4, 8, 16, 64] as const

/**
 * How coherent the images at the ends of each direction are: purity and entropy of the labels of the first and the last k,
 * and how often a permutation of all labels over the images gives k that are as pure.
 *
 * Under the permutation the labels of any k images are k drawn without replacement, so that one null distribution serves
 * all directions; it is a function of (label counts, k, seed, permutations) alone.
 *
 * @throws BlindspotError `bad-option`, at once for k or permutations that are no whole numbers above 0, in the stream for a
 * k that `rank` has kept too few images for (a k above the number of images has no rows); `bad-data` where ranks were cut
 * within a direction, or lack the label counts.
 * @example ranks.pipe(coherence({ k: [8] }))
 */
export function coherence({ k, permutations = 9999, seed = 1 }: CoherenceOptions = {}): OperatorFunction<
  RankBatch,
  readonly Coherence[]
> {
  positiveInteger('coherence', 'permutations', permutations)
  for (const size of k ?? []) positiveInteger('coherence', 'k', size)
  if (!Number.isSafeInteger(seed))
    throw new BlindspotError('bad-option', `coherence: seed must be a whole number, got ${seed}`)
  return (source) => {
    const nulls = new Map<string, Null>()
    return source.pipe(
      map((batch) => {
        const { labels, images } = batch
        requireLabels(batch)
        const nullOf = (size: number) => {
          const key = JSON.stringify([labels, size])
          const found = nulls.get(key) ?? permuted(labels, size, permutations, seed)
          nulls.set(key, found)
          return found
        }
        return directionsOf(batch).flatMap((rows) => {
          const ends = endsOf(batch, rows)
          const sizes = k ? [...new Set(k)] : COHERENCE_SIZES.filter((size) => size <= ends.top.labels.length)
          return sizes
            .filter((size) => size <= images)
            .flatMap((size) => endRows(batch, ends, size, nullOf(size)))
        })
      }),
    )
  }
}

function requireLabels({ basis, images, labels }: RankBatch): void {
  const counted = labels.reduce((sum, [, count]) => sum + count, 0)
  if (counted === images) return
  throw new BlindspotError(
    'bad-data',
    `coherence: the ranks of basis ${basis} are of ${images} images, but come with the labels of ${counted}; read them from the files that were written, or rank again`,
  )
}

/** Images of one end, from the end inwards. */
interface Images {
  readonly labels: Int32Array
  readonly values: Float64Array
  /** Whether the last of them has the value of one that is not among them. */
  readonly tied: boolean
}

/** Of a stream that is short an image is at both ends. */
type Ends = Readonly<Record<End, Images>> & { readonly direction: number }

function* stretches(direction: Int32Array): Generator<readonly [number, number]> {
  for (let from = 0, to = 1; from < direction.length; to++) {
    if (to < direction.length && direction[to] === direction[from]) continue
    yield [from, to]
    from = to
  }
}

const directionsOf = ({ direction }: RankBatch) => [...stretches(direction)]

function endsOf(batch: RankBatch, [from, to]: readonly [number, number]): Ends {
  const { basis, direction, rank, label, value, tied, images } = batch
  const ranks = rank.subarray(from, to)
  if (ranks[0] !== 1)
    throw new BlindspotError(
      'bad-data',
      `coherence: direction ${direction[from]} of basis ${basis} begins with rank ${ranks[0]}; its images have to be in one batch, as rank gives them: read ranks with a larger batchSize`,
    )
  const beyond = ranks.findIndex((place, i) => place !== i + 1)
  const top = from + (beyond < 0 ? ranks.length : beyond)
  const bottom = from + 1 + ranks.findLastIndex((place, i) => place !== images - (ranks.length - 1 - i))
  return {
    direction: direction[from],
    top: {
      labels: label.subarray(from, top),
      values: value.subarray(from, top),
      tied: tied[top - 1] === 1,
    },
    bottom: {
      labels: label.slice(bottom, to).reverse(),
      values: value.slice(bottom, to).reverse(),
      tied: tied[bottom] === 1,
    },
  }
}

function endRows(
  batch: RankBatch,
  ends: Ends,
  k: number,
  { purities, entropies }: Null,
): readonly Coherence[] {
  const { run, model, layer, side, pool, basis, centered, images } = batch
  const kept = ends.top.labels.length
  if (kept < k)
    throw new BlindspotError(
      'bad-option',
      `coherence: k ${k} of basis ${basis}, of which ${kept} images are kept; call rank with a top of ${k}`,
    )
  return (['top', 'bottom'] as const).flatMap((end) => {
    const { labels, values, tied: tiedBeyond } = ends[end]
    if (labels.length < k) return []
    const tied = k < labels.length ? values[k - 1] === values[k] : k < images && tiedBeyond
    const { label, purity, entropy } = alike(labels.subarray(0, k))
    const constants = { run, model, layer, side, pool, basis, centered }
    const purityP = (1 + purities.atLeast(purity)) / (1 + purities.n)
    const entropyP = (1 + entropies.atLeast(-entropy)) / (1 + entropies.n)
    const measured = { label, purity, entropy, purityP, entropyP }
    return [{ ...constants, direction: ends.direction, end, k, images, tied, ...measured }]
  })
}

/** Purity and entropy (bits) of some labels. */
function alike(labels: Int32Array): Pick<Coherence, 'label' | 'purity' | 'entropy'> {
  const counts = new Map<number, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  const [label, most] = [...counts].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a))
  // smallest counts first: the sum does not depend on the order of the images
  const entropy = [...counts.values()]
    .sort((a, b) => a - b)
    .reduce((sum, count) => sum - (count / labels.length) * Math.log2(count / labels.length), 0)
  return { label, purity: most / labels.length, entropy: Math.max(0, entropy) }
}

/** What k images are like where the labels say nothing. */
interface Null {
  readonly purities: Distribution
  /** Negated: what is extreme is large. */
  readonly entropies: Distribution
}

function permuted(labels: LabelCounts, k: number, permutations: number, seed: number): Null {
  const all = Int32Array.from(labels.flatMap(([label, images]) => Array<number>(images).fill(label)))
  const random = randomFor(seed, 'permutation', k)
  const drawn = Array.from({ length: permutations }, () => {
    // the beginning of a shuffle, of whatever order the last one left
    for (let i = 0; i < k; i++) {
      const j = i + random.integer(all.length - i)
      const kept = all[i]
      all[i] = all[j]
      all[j] = kept
    }
    return alike(all.subarray(0, k))
  })
  return {
    purities: new Distribution(drawn.map(({ purity }) => purity)),
    entropies: new Distribution(drawn.map(({ entropy }) => -entropy)),
  }
}

class Distribution {
  readonly #sorted: Float64Array

  constructor(values: readonly number[]) {
    this.#sorted = Float64Array.from(values).sort()
  }

  get n(): number {
    return this.#sorted.length
  }

  /** How many values are at least this. */
  atLeast(value: number): number {
    let low = 0
    let high = this.n
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#sorted[middle] < value) low = middle + 1
      else high = middle
    }
    return this.n - low
  }
}
