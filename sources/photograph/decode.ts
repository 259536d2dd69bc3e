import { checkFraming, type Framing } from '../../operators/classifier/framing.js'
import { BlindspotError } from '../../operators/errors.js'
import { positiveInteger } from '../../operators/flow/positiveInteger.js'
import { sharp as loadSharp, type Sharp } from '../../operators/photograph/sharp.js'
import { rgbOfCmyk, rgbOfGrey16 } from './colours.js'
import { FORMATS, formatOf, type PhotographFormat } from './format.js'
import type { Pixels } from './resize.js'
import { Resizer } from './resizer.js'
import { headerOf, type Samples } from './header.js'
import { resizedBySharp, rgb, type Open } from './resizedBySharp.js'
import { viewOf } from './view.js'

export interface DecodeOptions {
  /** The input's size, and what of the photograph it shows. */
  readonly framing: Framing
  /** Whether a photograph is turned as its EXIF says, which phones need. Default false, as torchvision has it. */
  readonly exif?: boolean | undefined
  /** Who resizes: `pillow`, byte for byte as networks were trained with, or `sharp`, which is faster. Default `pillow`. */
  readonly resize?: 'pillow' | 'sharp' | undefined
  /** Pixels of a photograph at most, by its header: what decodes to more is refused. Default 178,956,970, as Pillow has it. */
  readonly mostPixels?: number | undefined
}

const MOST_PIXELS = 178_956_970

/**
 * The pixels of an input that shows a photograph, [height × width × 3] bytes of RGB: those of torchvision's loader, `Resize` and
 * `CenterCrop`. As with `Image.open(…).convert('RGB')`, the content decides what the format is, colour profiles have no
 * effect, alpha is dropped, and of several pages or frames there is the first. JPEG, PNG, WebP and TIFF are equal to Pillow byte
 * for byte; AVIF with halved colours, and a GIF's transparent pixels (here black), are not.
 *
 * @throws BlindspotError `bad-data` for what cannot be decoded, also where only its end is missing: the message is the reason,
 * without a path; `missing-package` without sharp, which is optional; `bad-option`; `io` where there is no memory to resize in
 */
export async function decodePhotograph(bytes: Uint8Array, options: DecodeOptions): Promise<Uint8Array> {
  const { framing, exif = false, mostPixels = MOST_PIXELS } = options
  checkFraming('decodePhotograph', framing)
  positiveInteger('decodePhotograph', 'mostPixels', mostPixels)
  const format = requireFormat(bytes)
  const sharp = await loadSharp()
  const open: Open = () =>
    sharp(bytes, {
      // as strict as Pillow: a truncated file is an error, a bad checksum too, a warning of libjpeg is none
      failOn: 'error',
      ignoreIcc: true,
      autoOrient: exif,
      limitInputPixels: mostPixels,
    })
  const header = headerOf(format, bytes)
  // what sharp says of the bytes alone: other errors are the program's, or the machine's, and no photograph could be read
  const asked = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch(async (error: unknown) => {
      if (!isOfBytes(error)) throw error
      const reason = await reasonOf(error, format, bytes, sharp, mostPixels)
      throw new BlindspotError('bad-data', reason, { cause: error })
    })
  const samples = header.samples ?? (await asked(askedSamples(open)))
  if (options.resize === 'sharp' && samples === 'rgb') {
    const size = (exif ? undefined : header.size) ?? (await asked(askedSize(open, exif)))
    return asked(resizedBySharp(open, size, framing))
  }
  const pixels = await asked(decoded(open, samples))
  resizer ??= new Resizer()
  return resizer.resize(pixels, viewOf(pixels.height, pixels.width, framing))
}

let resizer: Resizer | undefined

function requireFormat(bytes: Uint8Array): PhotographFormat {
  const format = formatOf(bytes)
  const read = FORMATS.find((name) => name === format)
  if (read) return read
  const got =
    bytes.length === 0 ? 'an empty file' : format ? `${format}, to be converted first` : 'other bytes'
  throw new BlindspotError('bad-data', `expected an image as ${FORMATS.join(', ')}, got ${got}`)
}

/** Of a format whose header does not tell at once. */
async function askedSamples(open: Open): Promise<Samples> {
  const { space, hasAlpha } = await open().metadata()
  if (space === 'cmyk') return 'cmyk'
  return space === 'grey16' && !hasAlpha ? 'grey16' : 'rgb'
}

/** Height and width, of one that is to be turned when it is. */
async function askedSize(open: Open, exif: boolean): Promise<readonly [height: number, width: number]> {
  const { autoOrient, height, width } = await open().metadata()
  return exif ? [autoOrient.height, autoOrient.width] : [height, width]
}

/** All pixels in their full size: no shrinking as a JPEG is decoded. */
async function decoded(open: Open, samples: Samples): Promise<Pixels> {
  if (samples === 'cmyk') {
    const { data, info } = await open()
      .pipelineColourspace('cmyk')
      .toColourspace('cmyk')
      .raw()
      .toBuffer({ resolveWithObject: true })
    return { data: rgbOfCmyk(data), height: info.height, width: info.width }
  }
  if (samples === 'grey16') {
    const { data, info } = await open()
      .toColourspace('grey16')
      .raw({ depth: 'ushort' })
      .toBuffer({ resolveWithObject: true })
    const grey = new Uint16Array(data.buffer, data.byteOffset, data.length / 2)
    return { data: rgbOfGrey16(grey), height: info.height, width: info.width }
  }
  const { data, info } = await rgb(open()).toBuffer({ resolveWithObject: true })
  return { data, height: info.height, width: info.width }
}

/** What libvips and its libraries say when it is the machine that lacks something. */
const LACKING =
  /out of memory|insufficient memory|cannot allocate|unable to create thread|too many open files/i

/** Whether an error is sharp's word on a photograph: it gives plain errors, without a code. */
export const isOfBytes = (error: unknown): error is Error =>
  error instanceof Error && error.constructor === Error && !('code' in error) && !LACKING.test(error.message)

/** What to tell of a photograph that libvips gave up. */
async function reasonOf(
  error: Error,
  format: PhotographFormat,
  bytes: Uint8Array,
  sharp: Sharp,
  mostPixels: number,
): Promise<string> {
  if (/exceeds pixel limit/.test(error.message)) {
    const { height, width } = await sharp(bytes, { limitInputPixels: false }).metadata()
    return `expected at most ${mostPixels} pixels (mostPixels), got ${format} of ${height}x${width}`
  }
  // libvips' own words may be those of another photograph, which is decoded at the same time
  return `the ${format} cannot be decoded; it may be cut off or damaged`
}
