import { MOST_SIDE, type Framing } from '../../operators/classifier/framing.js'
import { BlindspotError } from '../../operators/errors.js'
import { sharp } from '../../operators/photograph/sharp.js'
import type { ImageShape } from '../../operators/records/image.js'
import { decodePhotograph } from '../photograph/decode.js'
import type { Photograph } from '../imagenet/layout.js'

/** How encoded images become pixels of one shape. */
export interface Decoder {
  readonly shape: ImageShape
  /** [height × width × channels] bytes. */
  readonly decode: (bytes: Uint8Array) => Promise<Uint8Array>
}

/** What an image has by itself. */
interface Own {
  readonly height: number
  readonly width: number
  readonly channels: 1 | 3
}

/**
 * Finds the decoder of encoded images: to a shape that is asked for, as a network takes photographs, or else as the first one is, of
 * whose size all others have to be.
 */
export const decoderOf = (asked: ImageShape | undefined, framing: Framing | undefined) => ({
  isReadable: ({ bytes }: Photograph): Promise<boolean> => {
    if (asked || framing) return Promise.resolve(true)
    return typeof bytes === 'function'
      ? Promise.resolve(false)
      : ownOf(bytes).then(
          () => true,
          (error: unknown) => {
            if (error instanceof BlindspotError && error.code === 'bad-data') return false
            throw error
          },
        )
  },
  async of(first: Photograph['bytes'] | undefined): Promise<Decoder> {
    if (asked) return toShape(asked)
    if (framing)
      return { shape: [...framing.size, 3], decode: (bytes) => decodePhotograph(bytes, { framing }) }
    if (first === undefined || typeof first === 'function') return toShape([1, 1, 1])
    const { height, width, channels } = await ownOf(first)
    const { shape, decode } = toShape([height, width, channels])
    return {
      shape,
      async decode(bytes) {
        const own = await ownOf(bytes)
        if (own.height === height && own.width === width && own.channels <= channels) return decode(bytes)
        throw new BlindspotError(
          'bad-data',
          `expected ${shape.join(' × ')}, as the first image has, got ${[own.height, own.width, own.channels].join(' × ')}; with a shape, as shape=${shape.join('x')}, all are brought to it`,
        )
      },
    }
  },
})

/** All of an image, brought to a shape; one of that size stays as it is. */
export function toShape(shape: ImageShape): Decoder {
  const [height, width, channels] = shape
  if (channels !== 1 && channels !== 3)
    throw new BlindspotError(
      'bad-option',
      `shape: expected 1 or 3 channels of encoded images, got ${channels}`,
    )
  const framing: Framing = { size: [height, width], crop: { policy: 'exact', resize: [height, width] } }
  return {
    shape,
    async decode(bytes) {
      const rgb = await decodePhotograph(bytes, { framing })
      return channels === 3 ? rgb : greyOf(rgb)
    },
  }
}

/** Luma of ITU-R BT.601 in whole numbers, as Pillow's `convert('L')` has it; of grey pixels their value. */
function greyOf(rgb: Uint8Array): Uint8Array {
  const grey = new Uint8Array(rgb.length / 3)
  for (let at = 0; at < grey.length; at++) {
    const [r, g, b] = [rgb[3 * at], rgb[3 * at + 1], rgb[3 * at + 2]]
    grey[at] = (19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16
  }
  return grey
}

async function ownOf(bytes: Uint8Array): Promise<Own> {
  const open = await sharp()
  try {
    const { height, width, space } = await open(bytes).metadata()
    if (Math.max(height, width) > MOST_SIDE)
      throw new BlindspotError(
        'bad-data',
        `expected at most ${MOST_SIDE} pixels a side, got ${height} × ${width}; with a shape, as shape=64x64x3, it is brought to it`,
      )
    return { height, width, channels: space === 'b-w' || space === 'grey16' ? 1 : 3 }
  } catch (cause) {
    if (!(cause instanceof Error) || cause instanceof BlindspotError) throw cause
    throw new BlindspotError('bad-data', 'it cannot be decoded; it may be cut off or damaged', { cause })
  }
}
