import type { ImageShape } from '../operators/records/image.js'
import type { TextOptions } from './textOptions.js'

/** How numbers are pixels, of sources whose files do not say it. */
interface PixelOptions {
  readonly shape?: ImageShape | undefined
  readonly scale?: number | undefined
  readonly planes?: boolean | undefined
}

/** The texts of these options. */
export const PIXEL_TEXTS: TextOptions<PixelOptions> = {
  shape: {
    form: 'shape=HEIGHTxWIDTHxCHANNELS',
    read(value) {
      const [height, width, channels] = /^\d+x\d+x\d+$/.test(value) ? value.split('x').map(Number) : []
      return height * width * channels > 0 ? { shape: [height, width, channels] } : undefined
    },
    write: ({ shape }) => shape?.join('x'),
  },
  scale: {
    form: 'scale=255 (what 1 is)',
    read: (value) => (Number(value) > 0 && value.trim() !== '' ? { scale: Number(value) } : undefined),
    write: ({ scale }) => scale?.toString(),
  },
  planes: {
    form: 'planes (channel by channel)',
    isFlag: true,
    read: (value) => (value === '' ? { planes: true } : undefined),
    write: ({ planes }) => (planes ? '' : undefined),
  },
}
