import { BlindspotError } from '../../operators/errors.js'
import { sharp as loadSharp } from '../../operators/photograph/sharp.js'
import { isOfBytes } from '../photograph/decode.js'
import { formatOf } from '../photograph/format.js'

/** What an encoded image says of itself, before it is decoded. */
export interface Peeked {
  readonly height: number
  readonly width: number
  readonly isGrey: boolean
}

/**
 * Size and colours of an encoded image, by its header.
 *
 * @throws BlindspotError `bad-data`, without a path, for what is no image, and for greys of 16 bits, which are not read
 */
export async function peek(bytes: Uint8Array): Promise<Peeked> {
  const format = formatOf(bytes)
  const found = (format === 'PNG' && ofPng(bytes)) || (format === 'JPEG' && ofJpeg(bytes))
  if (found) return found
  const sharp = await loadSharp()
  try {
    const { height, width, space, autoOrient } = await sharp(bytes).metadata()
    return { height: height || autoOrient.height, width: width || autoOrient.width, isGrey: space === 'b-w' }
  } catch (cause) {
    if (!isOfBytes(cause)) throw cause
    throw new BlindspotError('bad-data', 'it is no image that can be read', { cause })
  }
}

/** Of the chunk IHDR, which comes first: width, height, depth, type of colour (0 and 4 are grey). */
function ofPng(bytes: Uint8Array): Peeked | undefined {
  if (bytes.length < 26) return undefined
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, 26)
  const isGrey = head[25] === 0 || head[25] === 4
  if (isGrey && head[24] === 16)
    throw new BlindspotError('bad-data', 'expected 8 bits a pixel, got grey of 16; save it with 8')
  return { width: head.readUInt32BE(16), height: head.readUInt32BE(20), isGrey }
}

/** Of the frame's header, SOF0 to SOF15. */
function ofJpeg(bytes: Uint8Array): Peeked | undefined {
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1]
    if (marker === 0xff) {
      at++
      continue
    }
    const wordAt = (from: number) => bytes[at + from] * 256 + bytes[at + from + 1]
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const [height, width] = [wordAt(5), wordAt(7)]
      return height > 0 ? { height, width, isGrey: bytes[at + 9] === 1 } : undefined
    }
    const isAlone = marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)
    at += 2 + (isAlone ? 0 : wordAt(2))
  }
  return undefined
}
