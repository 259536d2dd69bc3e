import type { RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../errors.js'
import type { Box } from '../minimize/box.js'
import { constant, integers, laterRun, lists, recordBatch } from './columns.js'
import { completed, integersOf, listsOf, runs, textsOf } from './rows.js'

/** Height, width and channels of one image. */
export type ImageShape = readonly [height: number, width: number, channels: number]

/**
 * Images with their labels. A sample is identified by (dataset, split, index) for ever.
 */
export interface ImageBatch {
  /** Identity of the run that kept them in a data set; images of a source have none. */
  readonly run?: string
  /** Name of the data set, such as `mnist`. */
  readonly dataset: string
  /** `train`, `test`, … */
  readonly split: string
  readonly shape: ImageShape
  /** [n] position in the split, from 0. */
  readonly index: Int32Array
  /** [n] class, from 0. */
  readonly label: Int32Array
  /** [n × height × width × channels], batch-major, in the box. */
  readonly pixels: Float32Array
  /** Least and largest value of a pixel; [0, 1] where it is left out. */
  readonly box?: Box | undefined
}

/** A sample's identity as one text, which no name with spaces or slashes can imitate. */
export const sampleKey = (dataset: string, split: string, index: number) =>
  JSON.stringify([dataset, split, index])

/**
 * Arrow batch of `run, dataset, split, index, label, pixels`; the arrays are not copied, the shape is in the
 * schema's metadata as `shape`, and the box as `box` where the batch has one.
 */
export function imageToArrow(batch: ImageBatch): RecordBatch {
  const n = batch.index.length
  return recordBatch(
    [
      constant('run', batch.run ?? '', n),
      constant('dataset', batch.dataset, n),
      constant('split', batch.split, n),
      integers('index', batch.index),
      integers('label', batch.label),
      lists('pixels', batch.pixels, n),
    ],
    n,
    imageMetadata(batch),
  )
}

/** The batches that `imageToArrow` was given: one for each stretch of rows of one run, data set and split. */
export function imageFromArrow(rows: RecordBatch): ImageBatch[] {
  const batch = completed(rows, laterRun)
  const run = textsOf(batch, 'run')
  const dataset = textsOf(batch, 'dataset')
  const split = textsOf(batch, 'split')
  const index = integersOf(batch, 'index')
  const label = integersOf(batch, 'label')
  const pixels = listsOf(batch, 'pixels')
  const shape = shapeOf(batch, pixels.length / index.length)
  const values = shape[0] * shape[1] * shape[2]
  const box = boxOf(batch)
  return Array.from(runs([run, dataset, split]), ([from, to]) => ({
    ...(run[from] !== '' && { run: run[from] }),
    dataset: dataset[from],
    split: split[from],
    shape,
    index: index.subarray(from, to),
    label: label.subarray(from, to),
    pixels: pixels.subarray(from * values, to * values),
    ...box,
  }))
}

/** Shape and box as schema metadata. */
export const imageMetadata = ({ shape, box }: Pick<ImageBatch, 'shape' | 'box'>): Record<string, string> => ({
  shape: JSON.stringify(shape),
  ...(box && { box: JSON.stringify(box) }),
})

/** The box in the schema's metadata, as a batch has it: nothing where there is none. */
export function boxOf(batch: RecordBatch): { readonly box?: Box } {
  const text = batch.schema.metadata.get('box')
  if (text === undefined) return {}
  const [low, high] = text.match(/[^[\],\s]+/g)?.map(Number) ?? []
  if (low < high && high - low < Infinity) return { box: [low, high] }
  throw new BlindspotError('bad-data', `metadata box: expected [low, high] with low < high, found ${text}`)
}

/** The shape in the schema's metadata; a file that others rewrote may lack it: then one row of `values` pixels. */
export function shapeOf(batch: RecordBatch, values: number): ImageShape {
  const text = batch.schema.metadata.get('shape')
  const flat: ImageShape = [1, values, 1]
  if (text === undefined) return flat
  const [height, width, channels] = text.match(/\d+/g)?.map(Number) ?? []
  const matches = height * width * channels === values
  return matches || Number.isNaN(values) ? [height, width, channels] : flat
}
