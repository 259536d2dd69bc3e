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
 * first use, by batches of noise, in the logits, the gradient and every layer.
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
    // alone a row is in no other's way
    for (const size of [...preferred, ...this.sizes.toReversed(), 1]) {
      if (this.tried.has(size)) continue
      const bits = this.bitsAt(size)
      if (bits !== undefined) return (this.reference = { size, bits })
      this.tried.set(size, false)
    }
    throw new Error(`${valuesOf(this.network)} values: a row alone has no bits of its own`)
  }

  private bitsAt(size: number): Bits | undefined {
    this.noise ??= noiseFor(this.network)
    return bitsAt(this.network, size, this.noise)
  }
}

interface Reference {
  readonly size: number
  readonly bits: Bits
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

/** Different images at least, so that two orders of summing that agree for one by chance do not for the next. */
const FEWEST_IMAGES = 3
/**
 * Values of each result at least that are seen at every place: two orders of a sum of few terms agree in most values, and in all
 * three logits of a row.
 */
const VALUES = 128

/** Images that a network's sizes are tried with: each at every place. */
function imagesFor(network: Network): number {
  const sizes = network.layers.map((layer) => sizeFromShape(network.layerShape(layer)))
  const fewest = Math.min(network.classes, ...sizes)
  return Math.max(FEWEST_IMAGES, Math.ceil(VALUES / fewest))
}

/** Of what each noise image gives a hash, by result and image: of a photograph the results are a hundred megabytes. */
type Bits = ReadonlyMap<string, Buffer>

/** What noise images give at a size, in bits; undefined where that depends on the place in the batch. */
function bitsAt(network: Network, size: number, noise: Noise): Bits | undefined {
  const bits = new Map<string, Buffer>()
  const count = noise.pixels.length
  for (let round = 0; round < count; round++) {
    const images = Array.from({ length: size }, (_, place) => (place + round) % count)
    const made = { forward: forwardOf(network, images, noise), gradient: [] as Uint8Array[] }
    // a row of it has so many values that few rows tell
    if (round * valuesOf(network) < VALUES) made.gradient = gradientOf(network, images, noise)
    for (const [name, results] of Object.entries(made)) {
      if (results.length === 0) continue
      for (const [place, image] of images.entries()) {
        const hash = createHash('sha256')
        for (const result of results) hash.update(rowOf(result, place, size))
        const row = hash.digest()
        const before = bits.get(`${name} ${image}`)
        if (before && !before.equals(row)) return undefined
        bits.set(`${name} ${image}`, row)
      }
    }
  }
  return bits
}

const areSame = (bits: Bits | undefined, reference: Bits): boolean =>
  bits !== undefined && [...bits].every(([key, row]) => reference.get(key)?.equals(row) ?? true)

const rowOf = (result: Uint8Array, place: number, size: number): Uint8Array =>
  result.subarray((place * result.length) / size, ((place + 1) * result.length) / size)

/** Logits and all layers of a batch of noise images. */
const forwardOf = (network: Network, images: readonly number[], noise: Noise): Uint8Array[] =>
  bytesOf(() => {
    const pixels = rowsOf(images, noise.pixels)
    return [network.logits(pixels), ...network.outputs(pixels)]
  })

/** The gradient of a batch of noise images; nothing where the backend has none: whoever asks for it is told. */
function gradientOf(network: Network, images: readonly number[], noise: Noise): Uint8Array[] {
  try {
    return bytesOf(() =>
      network.gradient([rowsOf(images, noise.pixels)], () => [rowsOf(images, noise.weights)]),
    )
  } catch {
    return []
  }
}

const bytesOf = (make: () => Tensor2D[]): Uint8Array[] =>
  tf.tidy(make).map((tensor) => {
    const { buffer, byteOffset, byteLength } = tensor.dataSync()
    tensor.dispose()
    return new Uint8Array(buffer, byteOffset, byteLength)
  })

/** What every size is tried with: of each image its pixels, and the weights of its logits in the gradient. */
interface Noise {
  readonly pixels: readonly Float32Array[]
  readonly weights: readonly Float32Array[]
}

/**
 * Noise for a network, uniform in a part of [0, 1) of each image and channel: averages over noise of one kind are all alike, and
 * so are the sums of them.
 */
function noiseFor(network: Network): Noise {
  const count = imagesFor(network)
  const rows = (purpose: string, values: number, channels: number) =>
    Array.from({ length: count }, (_, image) => {
      const random = randomFor(0, `steady ${purpose}`, image)
      const least = Float32Array.from({ length: channels }, () => random.uniform())
      return Float32Array.from({ length: values }, (_, at) => {
        const low = least[at % channels]
        return low + (1 - low) * random.uniform()
      })
    })
  return {
    pixels: rows('pixels', valuesOf(network), network.inputShape.at(-1) ?? 1),
    weights: rows('weights', network.classes, 1),
  }
}

/** [images × values] rows of some images, one below the other. */
function rowsOf(images: readonly number[], rows: readonly Float32Array[]): Tensor2D {
  const values = rows[0].length
  const all = new Float32Array(images.length * values)
  for (const [place, image] of images.entries()) all.set(rows[image], place * values)
  return tf.tensor2d(all, [images.length, values])
}
