import { encode } from 'fast-png'
import { BlindspotError } from '../operators/errors.js'
import type { ImageShape } from '../operators/records/image.js'
import { writeWhole } from '../sources/atomicFile.js'

/**
 * Writes an image as a PNG file that is complete or absent: grey or RGB, rounded to 8 bits.
 *
 * @param pixels in [0, 1], clamped where they are not
 * @throws BlindspotError `bad-data` for other than 1 or 3 channels, `io`
 */
export async function writePng(path: string, pixels: Float32Array, shape: ImageShape): Promise<void> {
  const [height, width, channels] = shape
  if (channels !== 1 && channels !== 3)
    throw new BlindspotError(
      'bad-data',
      `${path}: a PNG has 1 or 3 channels, the image has ${channels} (${shape.join(' × ')}); arrays (--npy) take any`,
    )
  const data = Uint8Array.from(pixels, (value) => Math.round(255 * Math.min(1, Math.max(0, value))))
  await writeWhole(path, encode({ width, height, data, channels, depth: 8 }))
}
