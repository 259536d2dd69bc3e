import { map, type OperatorFunction } from 'rxjs'
import { BlindspotError } from './errors.js'
import { positiveInteger } from './flow/positiveInteger.js'
import { labelNull, type LabelNull } from './ranking/labelNull.js'
import { alike } from './ranking/likeness.js'
import { ENDS, type Coherence, type End } from './records/coherence.js'
import type { RankBatch } from './records/rank.js'
import { requireKnown } from './options/knownOptions.js'

/** Options of `coherence`. */
export interface CoherenceOptions {
  /** How many images of an end are looked at. Default 4, 8, 16 and 64, those that the ranks have. */
  readonly k?: readonly number[] | undefined
  /**
   * Which ends have rows. Default `top` and `bottom`; `better` is the better of both: the larger purity and the lower
   * entropy, against permutations of which the better end counts, too. Of the control, which has one end, it is the better
   * of a sample and the next.
   */
  readonly ends?: readonly End[] | undefined
  /**
   * Permutations of the labels that the p-values of the entropy and of the better end are counted over. Default 9999.
   */
  readonly permutations?: number | undefined
  /** Seed of the permutations. Default 1. */
  readonly seed?: number | undefined
  /**
   * Of each label the superclass that stands in its place, a whole number from 0: rows of the grouping `superclass`, against
   * permutations of these. Default: the labels themselves, rows of the grouping `class`.
   */
  readonly superclasses?: Int32Array | undefined
}

/** Numbers of images, k, that the project reports. */
export const COHERENCE_SIZES = [4, 8, 16, 64] as const

/**
 * How coherent the images at the ends of each direction are: purity and entropy of the labels of the first and the last k,
 * and how probable it is that a permutation of all labels over the images gives k that are as pure.
 *
 * Under the permutation the labels of any k images are k drawn without replacement, so that one null distribution serves
 * all directions; it is a function of (label counts, k, seed, permutations) alone (`operators/ranking/labelNull.ts`). No p
 * has a least value but that of k images of one label.
 *
 * @throws BlindspotError `bad-option`, at once for an unknown end and for k or permutations that are no whole numbers above 0, in the stream for a
 * k that `rank` has kept too few images for (a k above the number of images has no rows); `bad-data` where ranks were cut
 * within a direction, or lack the label counts, and for a label that has no superclass.
 * @example
 * const network = await loadClassifier('my-model')
 * const ranks = mnist('test', { limit: 256 }).pipe(activations(network, network.layers[0]), rank({ top: 8 }))
 * const rows = await lastValueFrom(ranks.pipe(coherence({ k: [8] })))
 */
export function coherence(options: CoherenceOptions = {}): OperatorFunction<RankBatch, readonly Coherence[]> {
  requireKnown<CoherenceOptions>('coherence', options, {
    k: true,
    ends: true,
    permutations: true,
    seed: true,
    superclasses: true,
  })
  const { k, ends = ['top', 'bottom'], permutations = 9999, seed = 1, superclasses } = options
  positiveInteger('coherence', 'permutations', permutations)
  for (const size of k ?? []) positiveInteger('coherence', 'k', size)
  const wrong = ends.find((end) => !ENDS.includes(end))
  if (wrong !== undefined)
    throw new BlindspotError(
      'bad-option',
      `coherence: ends: expected some of ${ENDS.join(', ')}, got ${wrong}`,
    )
  if (!Number.isSafeInteger(seed))
    throw new BlindspotError('bad-option', `coherence: seed: expected a whole number, got ${seed}`)
  return (source) => {
    const nulls = new Map<string, LabelNull>()
    return source.pipe(
      map((ranks) => {
        requireLabels(ranks)
        const batch = superclasses ? regrouped(ranks, superclasses) : ranks
        const { labels, images } = batch
        const grouping = superclasses ? 'superclass' : 'class'
        const nullOf = (size: number) => {
          const key = JSON.stringify([labels, size])
          const found = nulls.get(key) ?? labelNull(labels, size, permutations, seed)
          nulls.set(key, found)
          return found
        }
        const all = directionsOf(batch).map((rows) => endsOf(batch, rows))
        return all.flatMap((own, i) => {
          const sizes = k ? [...new Set(k)] : COHERENCE_SIZES.filter((size) => size <= own.top.labels.length)
          // samples have one end: any other is as good as their other end
          const other = batch.basis === 'uniform' ? all[(i + 1) % all.length].top : own.bottom
          return sizes
            .filter((size) => size <= images)
            .flatMap((size) => {
              requireKept(batch, own, size)
              return ends.flatMap((end) =>
                endRows({ ...batch, grouping }, own, other, end, size, nullOf(size)),
              )
            })
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
    `coherence: ranks of basis ${basis}: expected the labels of ${images} images, got those of ${counted}; read them from the files that were written, or rank again`,
  )
}

/** The same ranks, with superclasses for labels. */
function regrouped(batch: RankBatch, superclasses: Int32Array): RankBatch {
  const superclassOf = (label: number) => {
    if (label < superclasses.length && superclasses[label] >= 0) return superclasses[label]
    throw new BlindspotError(
      'bad-data',
      `coherence: superclasses: expected one from 0 of each label, got none of label ${label}`,
    )
  }
  const counts = new Map<number, number>()
  for (const [label, images] of batch.labels) {
    const own = superclassOf(label)
    counts.set(own, (counts.get(own) ?? 0) + images)
  }
  const labels = [...counts].sort(([a], [b]) => a - b)
  return { ...batch, labels, label: batch.label.map(superclassOf) }
}

/** Images of one end, from the end inwards. */
interface Images {
  readonly labels: Int32Array
  /** Numbers that the images are ordered by. */
  readonly values: Float64Array
  /** Whether the last of the images has the same value as one that is not among them. */
  readonly tied: boolean
}

/** Images at both ends of a direction; where a stream is short an image is at both. */
type Ends = Readonly<Record<'top' | 'bottom', Images>> & { readonly direction: number }

function* stretches(direction: Int32Array): Generator<readonly [number, number]> {
  for (let from = 0, to = 1; from < direction.length; to++) {
    if (to < direction.length && direction[to] === direction[from]) continue
    yield [from, to]
    from = to
  }
}

const directionsOf = ({ direction }: RankBatch) => [...stretches(direction)]

function endsOf(batch: RankBatch, [from, to]: readonly [number, number]): Ends {
  const { basis, direction, rank, label, value, pre = value, tied, images } = batch
  const ranks = rank.subarray(from, to)
  if (ranks[0] !== 1)
    throw new BlindspotError(
      'bad-data',
      `coherence: direction ${direction[from]} of basis ${basis} in a batch: expected its images from rank 1, got rank ${ranks[0]}; read ranks with a larger batchSize, so that each direction is in one batch`,
    )
  const beyond = ranks.findIndex((place, i) => place !== i + 1)
  const top = from + (beyond < 0 ? ranks.length : beyond)
  const bottom = from + 1 + ranks.findLastIndex((place, i) => place !== images - (ranks.length - 1 - i))
  return {
    direction: direction[from],
    top: {
      labels: label.subarray(from, top),
      values: pre.subarray(from, top),
      tied: tied[top - 1] === 1,
    },
    bottom: {
      labels: label.slice(bottom, to).reverse(),
      values: pre.slice(bottom, to).reverse(),
      tied: tied[bottom] === 1,
    },
  }
}

function requireKept({ basis }: RankBatch, { top }: Ends, k: number): void {
  const kept = top.labels.length
  if (kept >= k) return
  throw new BlindspotError(
    'bad-option',
    `coherence: k of basis ${basis}: expected at most the ${kept} images that are kept, got ${k}; call rank with a top of ${k}`,
  )
}

/**
 * The row of an end of a direction, of k images; none where there are fewer.
 *
 * @param other beside the top, what the better end may be
 */
function endRows(
  batch: RankBatch & Pick<Coherence, 'grouping'>,
  ends: Ends,
  other: Images,
  end: End,
  k: number,
  { purity: purityP, entropy: entropyP, least }: LabelNull,
): readonly Coherence[] {
  const { run, model, layer, side, pool, basis, centered, grouping, images } = batch
  const both = end === 'better' ? [ends.top, other] : [ends[end]]
  if (both.some(({ labels }) => labels.length < k)) return []
  const isTold = ({ labels, values, tied }: Images) =>
    k < labels.length ? values[k - 1] !== values[k] : k === images || !tied
  const told = both.filter(isTold)
  const all = (told.length > 0 ? told : both).map(({ labels }) => alike(labels.subarray(0, k)))
  const { label, purity } = all.reduce((a, b) => (b.purity > a.purity ? b : a))
  const entropy = Math.min(...all.map((one) => one.entropy))
  // of an end that is tied nothing is known: the other one is better than none
  const chosen = all.length > 1 ? 'better' : 'top'
  return [
    {
      ...{ run, model, layer, side, pool, basis, centered, grouping },
      ...{ direction: ends.direction, end, k, images, tied: told.length === 0, label, purity, entropy },
      ...{ purityP: purityP(purity, chosen), entropyP: entropyP(entropy, chosen), leastP: least(chosen) },
    },
  ]
}
