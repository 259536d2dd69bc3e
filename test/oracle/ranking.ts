import type { ActivationBatch } from '../../operators/records/activation.js'
import type { RankBatch } from '../../operators/records/rank.js'
import { permutation, randomFor } from '../../operators/random.js'
import { stream } from '../../operators/flow/stream.js'

/** An image and its activations. */
export interface Image {
  readonly dataset: string
  readonly split: string
  readonly index: number
  readonly label: number
  readonly x: ArrayLike<number>
}

export interface Order {
  readonly batchSize?: number
  /** Seed of the order; in the order of the images without one. */
  readonly shuffle?: number
}

/** Batches of one data set and split each; shuffled, the images within those and the batches among themselves. */
export function activationBatches(
  images: readonly Image[],
  { batchSize = 257, shuffle }: Order = {},
): ActivationBatch[] {
  const shuffled = <T>(values: readonly T[], what: string) =>
    shuffle === undefined
      ? [...values]
      : Array.from(permutation(values.length, randomFor(shuffle, what)), (at) => values[at])
  const originOf = ({ dataset, split }: Image) => `${dataset} ${split}`
  const batches = [...new Set(images.map(originOf))].flatMap((origin) => {
    const all = shuffled(
      images.filter((image) => originOf(image) === origin),
      'images',
    )
    return Array.from({ length: Math.ceil(all.length / batchSize) }, (_, i) =>
      all.slice(i * batchSize, (i + 1) * batchSize),
    )
  })
  return shuffled(batches, 'batches').map((rows) => ({
    model: 'network',
    layer: 'hidden',
    side: 'post',
    pool: 'none',
    dataset: rows[0].dataset,
    split: rows[0].split,
    index: Int32Array.from(rows, ({ index }) => index),
    label: Int32Array.from(rows, ({ label }) => label),
    values: Float32Array.from(rows.flatMap(({ x }) => Array.from(x))),
  }))
}

export const streamOf = (images: readonly Image[], order?: Order) =>
  stream(() => activationBatches(images, order))

/** A row of a RankBatch. */
export interface RankRow {
  readonly direction: number
  readonly rank: number
  readonly id: string
  readonly label: number
  readonly value: number
}

export const rankRows = (batch: RankBatch): RankRow[] =>
  Array.from(batch.direction, (direction, i) => ({
    direction,
    rank: batch.rank[i],
    id: `${batch.dataset[i]} ${batch.split[i]} ${batch.index[i]}`,
    label: batch.label[i],
    value: batch.value[i],
  }))

const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0)

/**
 * What a ranking is: all images sorted by value, largest first, equal ones by data set, split and index, and of that
 * order the first and the last `top`.
 */
export function bruteForce(
  images: readonly Image[],
  directions: readonly ArrayLike<number>[],
  top: number,
  product: (x: ArrayLike<number>, v: ArrayLike<number>) => number = sumOfProducts,
): RankRow[] {
  return directions.flatMap((v, direction) =>
    images
      .map((image) => ({ image, value: product(image.x, v) }))
      .sort(
        (a, b) =>
          b.value - a.value ||
          compare(a.image.dataset, b.image.dataset) ||
          compare(a.image.split, b.image.split) ||
          a.image.index - b.image.index,
      )
      .map(({ image: { dataset, split, index, label }, value }, i) => ({
        direction,
        rank: i + 1,
        id: `${dataset} ${split} ${index}`,
        label,
        value,
      }))
      .filter(({ rank }) => rank <= top || rank > images.length - top),
  )
}

/** In float64, one after the other. */
export function sumOfProducts(x: ArrayLike<number>, v: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i] * v[i]
  return sum
}

/** The rows of a matrix. */
export const rowsOfMatrix = (matrix: Float64Array | Float32Array, units: number) =>
  Array.from({ length: matrix.length / units }, (_, i) =>
    Float64Array.from(matrix.subarray(i * units, (i + 1) * units)),
  )
