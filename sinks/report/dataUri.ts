import { encode } from 'fast-png'
import type { ImageShape } from '../../operators/records/image.js'

/** An image of pixels in [0, 1], clamped where they are not, as a PNG file in a URI. */
export function dataUri(pixels: Float32Array, [height, width, channels]: ImageShape): string {
  const data = Uint8Array.from(pixels, (value) => Math.round(255 * Math.min(1, Math.max(0, value))))
  const png = encode({ width, height, data, channels: channels, depth: 8 })
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`
}
