/** Height, width and channels of one image. */
export type ImageShape = readonly [height: number, width: number, channels: number]

/**
 * Images with their labels. A sample is identified by (dataset, split, index) for ever.
 */
export interface ImageBatch {
  /** Name of the data set, such as `mnist`. */
  readonly dataset: string
  /** `train`, `test`, … */
  readonly split: string
  readonly shape: ImageShape
  /** [n] position in the split, from 0. */
  readonly index: Int32Array
  /** [n] class, from 0. */
  readonly label: Int32Array
  /** [n × height × width × channels], batch-major, in [0, 1]. */
  readonly pixels: Float32Array
}
