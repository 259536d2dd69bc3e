import type { RecordBatch, Vector } from 'apache-arrow'
import { BlindspotError } from '../errors.js'
import { POOLINGS, SIDES, type Pooling, type Side } from './activation.js'
import { constant, flags, integers, numbers, recordBatch, texts } from './columns.js'
import { flagsOf, integersOf, nameOf, numbersOf, runs, textsOf } from './rows.js'

/** How many images of a stream have each label, in the order of the labels. */
export type LabelCounts = readonly (readonly [label: number, images: number])[]

/**
 * The images at both ends of some directions, one row per (direction, image), directions together, ranks ascending.
 * Where more than a number is the same for all rows it is a constant.
 */
export interface RankBatch {
  /** Identity of the run that made the rows. */
  readonly run: string
  readonly model: string
  readonly layer: string
  readonly side: Side
  readonly pool: Pooling
  /**
   * `unit`, `gaussian`, `rotation`, `principal` or a matrix's name; of the controls `uniform` (images drawn at random),
   * `pixels` (Gaussian directions of the images themselves), `untrained unit` and `untrained gaussian` (of the same layer
   * with its initial weights).
   */
  readonly basis: string
  /** Whether the mean of the activations was subtracted. */
  readonly centered: boolean
  /** Images that the stream had. */
  readonly images: number
  /** Of all of those. */
  readonly labels: LabelCounts
  /** [n] position in the basis, from 0: of `unit` the unit. */
  readonly direction: Int32Array
  /** [n] 1 is the image with the largest value, `images` the one with the least. */
  readonly rank: Int32Array
  readonly dataset: readonly string[]
  readonly split: readonly string[]
  /** [n] position of the image in its split. */
  readonly index: Int32Array
  readonly label: Int32Array
  /** [n] ⟨φ(x), v⟩, with `centered` ⟨φ(x) − μ, v⟩; NaN for `uniform`. */
  readonly value: Float64Array
  /** [n] ⟨μ, v⟩, μ the mean of φ over the stream; NaN for `uniform`. */
  readonly mean: Float64Array
  /**
   * [n] of single units the value before the activation function, by which they are ordered where it is strictly increasing
   * (and `value` after it need not fall from rank to rank, but is the same for images that saturate). Without it rows are
   * ordered by `value`.
   */
  readonly pre?: Float64Array | undefined
  /** [n] 1 where the next image, away from the end, has the same `pre`, or without it value: their index alone says which of them comes first. */
  readonly tied: Uint8Array
}

/** Arrow batch with a column per field, in snake_case; NaN becomes null, `labels` is schema metadata. */
export function rankToArrow(batch: RankBatch): RecordBatch {
  const n = batch.index.length
  return recordBatch(
    [
      constant('run', batch.run, n),
      constant('model', batch.model, n),
      constant('layer', batch.layer, n),
      constant('side', batch.side, n),
      constant('pool', batch.pool, n),
      constant('basis', batch.basis, n),
      flags('centered', new Uint8Array(n).fill(batch.centered ? 1 : 0)),
      integers('images', new Int32Array(n).fill(batch.images)),
      integers('direction', batch.direction),
      integers('rank', batch.rank),
      texts('dataset', batch.dataset),
      texts('split', batch.split),
      integers('index', batch.index),
      integers('label', batch.label),
      numbers('value', batch.value),
      numbers('mean', batch.mean),
      numbers('pre', batch.pre ?? new Float64Array(n).fill(NaN)),
      flags('tied', batch.tied),
    ],
    n,
    { labels: JSON.stringify(batch.labels) },
  )
}

/** The batches that `rankToArrow` was given: one for each stretch of rows of one run and basis. */
export function rankFromArrow(batch: RecordBatch): RankBatch[] {
  const constants = ['run', 'model', 'layer', 'side', 'pool', 'basis'] as const
  const [run, model, layer, side, pool, basis] = constants.map((name) => textsOf(batch, name))
  const centered = flagsOf(batch, 'centered')
  const images = integersOf(batch, 'images')
  const [direction, rank, index, label] = (['direction', 'rank', 'index', 'label'] as const).map((name) =>
    integersOf(batch, name),
  )
  const [dataset, split] = [textsOf(batch, 'dataset'), textsOf(batch, 'split')]
  const [value, mean] = [numbersOf(batch, 'value'), numbersOf(batch, 'mean')]
  // files of an older version have none
  const before: Vector | null = batch.getChild('pre')
  const pre = before === null ? new Float64Array(0) : numbersOf(batch, 'pre')
  const tied = Uint8Array.from(flagsOf(batch, 'tied'))
  const labels = labelsOf(batch)
  return Array.from(runs([run, model, layer, side, pool, basis, centered, images]), ([from, to]) => ({
    run: run[from],
    model: model[from],
    layer: layer[from],
    side: nameOf('side', from, side[from], SIDES),
    pool: nameOf('pool', from, pool[from], POOLINGS),
    basis: basis[from],
    centered: centered[from] === 1,
    images: images[from],
    labels,
    direction: direction.subarray(from, to),
    rank: rank.subarray(from, to),
    dataset: dataset.slice(from, to),
    split: split.slice(from, to),
    index: index.subarray(from, to),
    label: label.subarray(from, to),
    value: value.subarray(from, to),
    mean: mean.subarray(from, to),
    ...(from < pre.length && !Number.isNaN(pre[from]) && { pre: pre.subarray(from, to) }),
    tied: tied.subarray(from, to),
  }))
}

/** A file that others rewrote may lack them. */
function labelsOf(batch: RecordBatch): LabelCounts {
  const text = batch.schema.metadata.get('labels') ?? '[]'
  const refuse = () =>
    new BlindspotError(
      'bad-data',
      `its metadata labels: expected a list of [label, images], got ${text.slice(0, 60)}`,
    )
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    throw refuse()
  }
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
  const isPair = (pair: unknown) => Array.isArray(pair) && pair.length === 2 && pair.every(isCount)
  if (!Array.isArray(found) || !found.every(isPair)) throw refuse()
  return found as LabelCounts
}
