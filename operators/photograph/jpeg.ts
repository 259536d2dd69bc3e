import { BlindspotError } from '../errors.js'
import type { ImageShape } from '../records/image.js'
import { sharp } from './sharp.js'

/** Images at a time: each is the work of a thread for less than the way there and back takes for a batch. */
const TOGETHER = 8

/** What `throughJpeg` goes by. */
export interface JpegOptions {
  /** From 1 to 100. */
  readonly quality: number
  /** What the images are called in errors. */
  readonly name: string
}

/**
 * Images [n × height × width × channels] encoded as JPEG and decoded again, of one channel as greyscale, of three with
 * the colours at half the width and height.
 *
 * @throws BlindspotError `bad-data` for another shape, `missing-package` without sharp
 */
export async function throughJpeg(
  images: Uint8Array<ArrayBuffer>,
  shape: ImageShape,
  { quality, name }: JpegOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const [height, width, channels] = shape
  if (height < 2 || (channels !== 1 && channels !== 3))
    throw new BlindspotError(
      'bad-data',
      `${name}: expected images of [height, width, 1 or 3] and more than one row for JPEG, got [${shape.join(', ')}]; ` +
        'a file of images notes their shape',
    )
  const open = await sharp()
  const size = height * width * channels
  // sharp makes three channels of one unless it is told
  const space = channels === 1 ? 'b-w' : 'srgb'
  const decoded = new Uint8Array(images.length)
  const through = async (at: number) => {
    const raw = { width, height, channels } as const
    const file = await open(images.subarray(at, at + size), { raw })
      .toColourspace(space)
      .jpeg({ quality, chromaSubsampling: '4:2:0' })
      .toBuffer()
    const pixels = await open(file).toColourspace(space).raw().toBuffer()
    decoded.set(pixels, at)
  }
  for (let from = 0; from < images.length; from += TOGETHER * size) {
    const starts = Array.from({ length: TOGETHER }, (_, i) => from + i * size)
    await Promise.all(starts.filter((at) => at < images.length).map(through))
  }
  return decoded
}
