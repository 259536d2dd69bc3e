import { encode } from 'fast-png'
import { BlindspotError } from '../../operators/errors.js'
import { sharp } from '../../operators/photograph/sharp.js'
import type { ImageShape } from '../../operators/records/image.js'
import { isLarge } from '../grid/shrunk.js'

/** Of WebP: nobody sees a difference in a thumbnail, and it is a tenth of the PNG's bytes. */
const QUALITY = 85

/** Whether an image is so large, and coloured, that as PNG a page could not hold many. */
export const isPhotograph = (shape: ImageShape): boolean => shape[2] === 3 && isLarge(shape)

/**
 * An image of pixels in [0, 1], clamped where they are not, as a PNG file in a URI; `asPhotograph` as WebP, where sharp is
 * there.
 */
export async function dataUri(
  pixels: Float32Array,
  [height, width, channels]: ImageShape,
  asPhotograph = false,
): Promise<string> {
  const data = Uint8Array.from(pixels, (value) => Math.round(255 * Math.min(1, Math.max(0, value))))
  const webp = asPhotograph
    ? await webpOf(data, { width, height, channels: channels === 3 ? 3 : 1 })
    : undefined
  const [kind, bytes] = webp
    ? ['webp', webp]
    : ['png', encode({ width, height, data, channels: channels, depth: 8 })]
  return `data:image/${kind};base64,${Buffer.from(bytes).toString('base64')}`
}

async function webpOf(
  data: Uint8Array,
  raw: { readonly width: number; readonly height: number; readonly channels: 1 | 3 },
): Promise<Uint8Array | undefined> {
  try {
    return await (await sharp())(data, { raw }).webp({ quality: QUALITY }).toBuffer()
  } catch (error) {
    if (error instanceof BlindspotError && error.code === 'missing-package') return undefined
    throw error
  }
}
