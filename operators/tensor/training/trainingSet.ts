import { isFloat32Array, isUint8Array } from 'node:util/types'
import { createHash } from 'node:crypto'
import { BlindspotError } from '../../errors.js'
import type { ImageBatch, ImageShape } from '../../records/image.js'

/** All images of a stream, held once: as bytes where every pixel is a byte / 255, as float32 otherwise. */
export interface TrainingSet {
  readonly dataset: string
  readonly split: string
  /** Number of images. */
  readonly size: number
  readonly shape: ImageShape
  /** Values per image. */
  readonly values: number
  /** [size] */
  readonly labels: Int32Array
  /** SHA-256 of the pixels' float32 bytes, then of the labels' int32 bytes, in the order of the stream. */
  readonly dataHash: string
  /** Writes the pixels of image `row` into `to`, from `at` on. */
  copy(row: number, to: Float32Array, at: number): void
}

const FROM_BYTE = Float32Array.from({ length: 256 }, (_, byte) => byte / 255)

/** Gathers a TrainingSet from batches; the batches are not kept. */
export class TrainingSetBuilder {
  private readonly hash = createHash('sha256')
  private readonly labels: Int32Array[] = []
  private pixels: (Uint8Array | Float32Array)[] = []
  private first: ImageBatch | undefined

  /**
   * Begins with no images.
   *
   * @param classes labels are to be below this number
   * @param advice what to do where one is not
   */
  constructor(
    private readonly classes: number,
    private readonly advice = '',
  ) {}

  /**
   * Adds the images of a batch.
   *
   * @throws BlindspotError `bad-data`, naming the sample; `bad-option` for a label that is no class of the network
   */
  add(batch: ImageBatch): void {
    const values = batch.shape[0] * batch.shape[1] * batch.shape[2]
    this.first ??= batch
    if (batch.shape.some((size, i) => size !== this.first?.shape[i])) {
      throw bad(
        batch,
        0,
        `expected the shape ${this.first.shape.join('×')}, as before, got ${batch.shape.join('×')}`,
      )
    }
    if (batch.pixels.length !== batch.label.length * values) {
      throw bad(
        batch,
        0,
        `expected ${batch.label.length * values} values in its batch, ${values} an image, got ${batch.pixels.length}`,
      )
    }
    const wrong = batch.label.findIndex((label) => label < 0 || label >= this.classes)
    if (wrong >= 0) {
      throw bad(
        batch,
        wrong,
        `expected a label from 0 to ${this.classes - 1}, a class of the network, got ${batch.label[wrong]}${this.advice}`,
        'bad-option',
      )
    }
    this.hash.update(batch.pixels)
    this.labels.push(batch.label.slice())
    this.pixels.push(asBytes(batch.pixels) ?? checked(batch, values))
  }

  /**
   * The set of all images that were added.
   *
   * @throws BlindspotError `bad-data` where there were no images
   */
  finish(): TrainingSet {
    const size = this.labels.reduce((sum, part) => sum + part.length, 0)
    if (this.first === undefined || size === 0) {
      throw new BlindspotError('bad-data', 'there are no images to train on: the stream ended without any')
    }
    const { dataset, split, shape } = this.first
    const values = shape[0] * shape[1] * shape[2]
    const labels = new Int32Array(size)
    let at = 0
    for (const part of this.labels) {
      labels.set(part, at)
      at += part.length
    }
    const dataHash = this.hash.update(labels).digest('hex')
    const pixels = this.joined(size * values)
    const copy = isUint8Array(pixels)
      ? (row: number, to: Float32Array, start: number) => {
          for (let i = row * values, end = i + values, j = start; i < end; i++, j++)
            to[j] = FROM_BYTE[pixels[i]]
        }
      : (row: number, to: Float32Array, start: number) => {
          to.set(pixels.subarray(row * values, (row + 1) * values), start)
        }
    return { dataset, split, size, shape, values, labels, dataHash, copy }
  }

  private joined(length: number): Uint8Array | Float32Array {
    const bytes = this.pixels.every((part) => isUint8Array(part))
    const all = bytes ? new Uint8Array(length) : new Float32Array(length)
    let at = 0
    for (const part of this.pixels.splice(0)) {
      all.set(bytes || isFloat32Array(part) ? part : Float32Array.from(part, (byte) => FROM_BYTE[byte]), at)
      at += part.length
    }
    return all
  }
}

function asBytes(pixels: Float32Array): Uint8Array | undefined {
  const bytes = new Uint8Array(pixels.length)
  for (let i = 0; i < pixels.length; i++) {
    const byte = Math.round(pixels[i] * 255)
    if (FROM_BYTE[byte] !== pixels[i]) return undefined
    bytes[i] = byte
  }
  return bytes
}

function checked(batch: ImageBatch, values: number): Float32Array {
  for (let i = 0; i < batch.pixels.length; i++) {
    const value = batch.pixels[i]
    if (value >= 0 && value <= 1) continue
    throw bad(batch, Math.floor(i / values), `expected pixels from 0 to 1, got ${value}`)
  }
  return batch.pixels.slice()
}

function bad(
  batch: ImageBatch,
  row: number,
  what: string,
  code: 'bad-data' | 'bad-option' = 'bad-data',
): BlindspotError {
  return new BlindspotError(code, `image ${batch.dataset}/${batch.split}/${batch.index[row]}: ${what}`)
}
