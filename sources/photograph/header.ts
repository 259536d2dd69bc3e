import type { PhotographFormat } from './format.js'

/**
 * What a photograph's samples are, where that is not RGB in the end:
 * - `cmyk`, which libvips would bring to RGB by a profile, and Pillow by a plain formula;
 * - `grey16`, of which libvips takes the upper 8 bits, and Pillow all, at most 255.
 */
export type Samples = 'rgb' | 'cmyk' | 'grey16'

/** What a header says at once; what it does not, a decoder has to be asked. */
export interface Header {
  readonly samples?: Samples
  /** As it is stored, not turned. */
  readonly size?: readonly [height: number, width: number]
}

export function headerOf(format: PhotographFormat, bytes: Uint8Array): Header {
  if (format === 'JPEG') return ofJpeg(bytes)
  // depth and type of colour, 0 for grey
  if (format === 'PNG') return { samples: bytes[24] === 16 && bytes[25] === 0 ? 'grey16' : 'rgb' }
  return format === 'TIFF' ? {} : { samples: 'rgb' }
}

/** By the header of a JPEG's frame; where there is none the decoder will say so. */
function ofJpeg(bytes: Uint8Array): Header {
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff || bytes[at + 1] === 0xff) {
      at += 1
      continue
    }
    const marker = bytes[at + 1]
    const wordAt = (from: number) => bytes[at + from] * 256 + bytes[at + from + 1]
    if (isFrame(marker)) {
      const size = [wordAt(5), wordAt(7)] as const
      // a height of 0 is said behind the scan
      return { samples: bytes[at + 9] === 4 ? 'cmyk' : 'rgb', ...(Math.min(...size) > 0 && { size }) }
    }
    // a scan, or the end, before any frame
    if (marker === 0xda || marker === 0xd9) break
    const isAlone = marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)
    at += 2 + (isAlone ? 0 : wordAt(2))
  }
  return { samples: 'rgb' }
}

/** SOF0 to SOF15, among which DHT, JPG and DAC are none. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
