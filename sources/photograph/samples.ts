import type { PhotographFormat } from './format.js'

/**
 * What a photograph's samples are, where that is not RGB in the end:
 * - `cmyk`, which libvips would bring to RGB by a profile, and Pillow by a plain formula;
 * - `grey16`, of which libvips takes the upper 8 bits, and Pillow all, at most 255.
 */
export type Samples = 'rgb' | 'cmyk' | 'grey16'

/** What the samples are, by the header; undefined where a decoder has to be asked. */
export function samplesOf(format: PhotographFormat, bytes: Uint8Array): Samples | undefined {
  if (format === 'JPEG') return componentsOfJpeg(bytes) === 4 ? 'cmyk' : 'rgb'
  // the header's depth and type of colour, 0 for grey
  if (format === 'PNG') return bytes[24] === 16 && bytes[25] === 0 ? 'grey16' : 'rgb'
  return format === 'TIFF' ? undefined : 'rgb'
}

/** The number of components that a JPEG's frame header gives; undefined where there is none, which the decoder will say. */
function componentsOfJpeg(bytes: Uint8Array): number | undefined {
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) at += 1
    else if (bytes[at + 1] === 0xff) at += 1
    else {
      const marker = bytes[at + 1]
      if (isFrame(marker)) return bytes[at + 9]
      // a scan, or the end, before any frame
      if (marker === 0xda || marker === 0xd9) return undefined
      const isAlone = marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)
      at += 2 + (isAlone ? 0 : bytes[at + 2] * 256 + bytes[at + 3])
    }
  }
  return undefined
}

/** SOF0 to SOF15, among which DHT, JPG and DAC are none. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
