import { encode } from 'fast-png'
import type { ImageShape } from '../../operators/records/image.js'

/** A white page of bytes, grey or RGB. */
export class Picture {
  readonly bytes: Uint8Array

  constructor(
    readonly width: number,
    readonly height: number,
    readonly channels: number,
  ) {
    this.bytes = new Uint8Array(width * height * channels).fill(255)
  }

  /** Blends a pixel with black; outside the page nothing happens. */
  darken(x: number, y: number, share: number): void {
    if (share === 0 || x < 0 || y < 0 || x >= this.width || y >= this.height) return
    const at = (y * this.width + x) * this.channels
    for (let i = at; i < at + this.channels; i++) this.bytes[i] = Math.round(this.bytes[i] * (1 - share))
  }

  /** Draws an image with its top left corner at (x, y), each value as a square of `scale` × `scale` pixels. */
  enlarge(
    values: Float32Array,
    [height, width, channels]: ImageShape,
    x: number,
    y: number,
    scale: number,
  ): void {
    const line = new Uint8Array(width * scale * channels)
    for (let row = 0; row < height; row++) {
      for (let i = 0; i < line.length; i++) {
        const column = Math.floor(i / (scale * channels))
        const value = values[(row * width + column) * channels + (i % channels)]
        line[i] = Math.round(255 * Math.min(1, Math.max(0, value)))
      }
      for (let copy = 0; copy < scale; copy++)
        this.bytes.set(line, ((y + row * scale + copy) * this.width + x) * channels)
    }
  }

  /** The page as a PNG file: the same bytes on every machine. */
  png(): Uint8Array {
    const { width, height, channels, bytes: data } = this
    // mem: the encoder's default is from a logarithm, which may differ in its last bit from machine to machine
    return encode({ width, height, channels, data }, { zlib: { level: 6, mem: 8 } })
  }
}
