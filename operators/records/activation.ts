import type { RecordBatch, Vector } from 'apache-arrow'
import { constant, integers, lists, recordBatch } from './columns.js'
import { integersOf, listsOf, nameOf, runs, textsOf } from './rows.js'

/** What becomes of a convolution's positions. `none`: every position of every channel is a unit of its own. */
export const POOLINGS = ['max', 'mean', 'none'] as const
export type Pooling = (typeof POOLINGS)[number]

/** Whether values are taken after a layer's activation function, or before it. */
export const SIDES = ['post', 'pre'] as const
export type Side = (typeof SIDES)[number]

/** φ(x): what a layer makes of images, one row per image. */
export interface ActivationBatch {
  readonly model: string
  readonly layer: string
  /** After the layer's activation function, or before it. */
  readonly side: Side
  readonly pool: Pooling
  readonly dataset: string
  readonly split: string
  /** [n] position of the image in its split. */
  readonly index: Int32Array
  readonly label: Int32Array
  /** [n × units], batch-major. */
  readonly values: Float32Array
  /**
   * [n × units] the same before the activation function, where it is strictly increasing: what orders images along a single
   * unit, since `values` that saturate are equal in float32 alone. Of `side` `post`; none elsewhere.
   */
  readonly pre?: Float32Array | undefined
}

/** Arrow batch of a row per image, `values` and `pre` (null where there is none) lists of float32; the arrays are not copied. */
export function activationToArrow(batch: ActivationBatch): RecordBatch {
  const n = batch.index.length
  return recordBatch(
    [
      constant('model', batch.model, n),
      constant('layer', batch.layer, n),
      constant('side', batch.side, n),
      constant('pool', batch.pool, n),
      constant('dataset', batch.dataset, n),
      constant('split', batch.split, n),
      integers('index', batch.index),
      integers('label', batch.label),
      lists('values', batch.values, n),
      lists('pre', batch.pre ?? new Float32Array(0), n, () => batch.pre !== undefined),
    ],
    n,
  )
}

/** The batches that `activationToArrow` was given: one for each stretch of rows of one layer, data set and split. */
export function activationFromArrow(batch: RecordBatch): ActivationBatch[] {
  const model = textsOf(batch, 'model')
  const layer = textsOf(batch, 'layer')
  const side = textsOf(batch, 'side')
  const pool = textsOf(batch, 'pool')
  const dataset = textsOf(batch, 'dataset')
  const split = textsOf(batch, 'split')
  const index = integersOf(batch, 'index')
  const label = integersOf(batch, 'label')
  const values = listsOf(batch, 'values')
  // files of an older version have none
  const before: Vector | null = batch.getChild('pre')
  const isThere = (row: number) => before?.isValid(row) ?? false
  const pre =
    before === null || before.nullCount === before.length
      ? undefined
      : listsOf(batch, 'pre', new Float32Array(values.length))
  const units = values.length / index.length
  return Array.from(runs([model, layer, side, pool, dataset, split]), ([from, to]) => ({
    model: model[from],
    layer: layer[from],
    side: nameOf('side', from, side[from], SIDES),
    pool: nameOf('pool', from, pool[from], POOLINGS),
    dataset: dataset[from],
    split: split[from],
    index: index.subarray(from, to),
    label: label.subarray(from, to),
    values: values.subarray(from * units, to * units),
    ...(pre && isThere(from) && { pre: pre.subarray(from * units, to * units) }),
  }))
}
