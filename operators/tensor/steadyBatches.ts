import { createHash } from 'node:crypto'
import { randomFor } from '../random.js'
import type { Network } from './network.js'
import { tf, type Tensor2D } from './tf.js'
import { sizeFromShape } from '../classifier/sizeFromShape.js'

/** A piece of a batch, evaluated as a batch of its own. */
export interface Piece {
  /** The first of its rows in the batch. */
  readonly from: number
  /** Rows of the batch in it. */
  readonly rows: number
  /** Rows that it is filled up to. */
  readonly size: number
}

/**
 * Cuts batches so that a row's result is the same bits whatever else is in its batch.
 *
 * The order in which a product sums a row depends on the processor, on the number of rows and on where the row stands: a row
 * alone, the last rows of a block and the values that a processor's vectors leave over at a tensor's end each have
 * kernels of their own. No rule on sizes holds for every processor, so sizes are tried: a network is evaluated at *steady*
 * sizes alone, at which every row has the same bits in every place, those of one reference size. A size is tried before its
 * first use, by one batch of noise, in the logits, the gradient and every layer.
 */
export class SteadyBatches {
  /** Sizes to fill up to, ascending. */
  private readonly sizes: readonly number[]
  private readonly tried = new Map<number, boolean>()
  private reference: Reference | undefined
  private noise: Noise | undefined

  constructor(private readonly network: Network) {
    this.sizes = sizesFor(valuesOf(network))
  }

  /** The pieces of a batch of n rows; few, and one where n is no more than some hundred images of MNIST's size. */
  pieces(n: number): Piece[] {
    // plain loops compute each value by itself
    if (tf.getBackend() === 'cpu') return [{ from: 0, rows: n, size: n }]
    const pieces: Piece[] = []
    for (let from = 0; from < n;) {
      const size = this.steadySize(n - from)
      const rows = Math.min(n - from, size)
      pieces.push({ from, rows, size })
      from += rows
    }
    return pieces
  }

  /** The smallest steady size for n rows, or else the largest. */
  private steadySize(n: number): number {
    const steady = (size: number) => this.isSteady(size)
    return (
      this.sizes.filter((size) => size >= n).find(steady) ??
      this.sizes.filter((size) => size < n).findLast(steady) ??
      this.referred().size
    )
  }

  private isSteady(size: number): boolean {
    const { size: own, bits } = this.referred()
    const steady = size === own || (this.tried.get(size) ?? areSame(this.bitsAt(size), bits))
    this.tried.set(size, steady)
    return steady
  }

  /**
   * The reference size: the first of a fixed list at which all places agree, so that every process takes the same.
   */
  private referred(): Reference {
    if (this.reference !== undefined) return this.reference
    const preferred = this.sizes.filter((size) => size % PREFERRED === 0)
    for (const size of [...preferred, ...this.sizes.toReversed()]) {
      const bits = this.bitsAt(size)
      if (bits !== undefined) return (this.reference = { size, bits })
    }
    throw new Error(`${valuesOf(this.network)} values: a row alone has no bits of its own`)
  }

  private bitsAt(size: number): Buffer[] | undefined {
    this.noise ??= noiseFor(this.network)
    return bitsAt(this.network, size, this.noise)
  }
}

interface Reference {
  readonly size: number
  /** Of the bits of the results of each noise image a hash: of a photograph they are a hundred megabytes. */
  readonly bits: readonly Buffer[]
}

/** A multiple of the blocks of rows that are known: 24 on AVX-512, 6 in 24 on AVX2, 16 values in a vector. */
const PREFERRED = 48
/** Rows evaluated together at most; more are hardly faster. */
const MOST_ROWS = 384
/**
 * Values of the images evaluated together at most: those of 384 images of MNIST's size, or 3 of 227 × 227 × 3. A pass
 * through SqueezeNet holds 60 MB for each of those, and more of them are slower: the system takes back and gives anew so
 * large pieces of memory at each pass (at 6 a third of the processor's time).
 */
const MOST_VALUES = 2 ** 19
/** Larger images, on wasm, one at a time: trying a size takes as long as using it, a second for a photograph. */
const LARGE_VALUES = 2 ** 14

function sizesFor(values: number): number[] {
  if (tf.getBackend() === 'wasm' && values > LARGE_VALUES) return [1]
  const most = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_VALUES / values)))
  if (most < 64) return Array.from({ length: most }, (_, i) => i + 1)
  return [2, 4, 6, ...Array.from({ length: Math.floor(most / 8) }, (_, i) => 8 * (i + 1))]
}

const valuesOf = ({ inputShape }: Network): number => sizeFromShape(inputShape)

/** Different images, so that two orders of summing that agree for one image by chance do not for the next. */
const IMAGES = 3

/** A hash of what each noise image gives at a size, in bits; undefined where that depends on its place in the batch. */
function bitsAt(network: Network, size: number, noise: Noise): Buffer[] | undefined {
  const bits: Buffer[] = []
  for (let from = 0; from < Math.max(IMAGES, size); from += size) {
    const images = Array.from({ length: size }, (_, place) => (from + place) % IMAGES)
    const results = resultsOf(network, images, noise)
    for (const [place, image] of images.entries()) {
      const hash = createHash('sha256')
      for (const result of results) hash.update(rowOf(result, place, size))
      const row = hash.digest()
      const before = bits.at(image)
      if (before === undefined) bits[image] = row
      else if (!before.equals(row)) return undefined
    }
  }
  return bits
}

const areSame = (bits: readonly Buffer[] | undefined, reference: readonly Buffer[]): boolean =>
  bits?.every((row, image) => row.equals(reference[image])) ?? false

const rowOf = (result: Uint8Array, place: number, size: number): Uint8Array =>
  result.subarray((place * result.length) / size, ((place + 1) * result.length) / size)

/** Everything that a network is asked for, of a batch of noise images. */
function resultsOf(network: Network, images: readonly number[], noise: Noise): Uint8Array[] {
  const x = () => rowsOf(images, noise.pixels)
  const weights = () => rowsOf(images, noise.weights)
  const forward = tf.tidy(() => {
    const pixels = x()
    return [network.logits(pixels), ...network.outputs(pixels)]
  })
  return [...forward, ...gradientOf(network, x, weights)].map((tensor) => {
    const { buffer, byteOffset, byteLength } = tensor.dataSync()
    tensor.dispose()
    return new Uint8Array(buffer, byteOffset, byteLength)
  })
}

/** The network's gradient; nothing where the backend has none: whoever asks for it is told. */
function gradientOf(network: Network, x: () => Tensor2D, weights: () => Tensor2D): Tensor2D[] {
  try {
    return tf.tidy(() => network.gradient([x()], () => [weights()]))
  } catch {
    return []
  }
}

/** What every size is tried with: of each image its pixels, and the weights of its logits in the gradient. */
interface Noise {
  readonly pixels: readonly Float32Array[]
  readonly weights: readonly Float32Array[]
}

/** Noise for a network, uniform in [0, 1). */
function noiseFor(network: Network): Noise {
  const rows = (purpose: string, values: number) =>
    Array.from({ length: IMAGES }, (_, image) => {
      const random = randomFor(0, `steady ${purpose}`, image)
      return Float32Array.from({ length: values }, () => random.uniform())
    })
  return { pixels: rows('pixels', valuesOf(network)), weights: rows('weights', network.classes) }
}

/** [images × values] rows of some images, one below the other. */
function rowsOf(images: readonly number[], rows: readonly Float32Array[]): Tensor2D {
  const values = rows[0].length
  const all = new Float32Array(images.length * values)
  for (const [place, image] of images.entries()) all.set(rows[image], place * values)
  return tf.tensor2d(all, [images.length, values])
}
