import type { Framing } from '../../operators/classifier/framing.js'
import type { Sharp } from '../../operators/photograph/sharp.js'
import { viewOf } from './view.js'

/** Opens a photograph once more: a pipeline of sharp is used once. */
export type Open = () => ReturnType<Sharp>

/** Ends a pipeline in 8 bits of RGB. */
export const rgb = (image: ReturnType<Sharp>) => image.removeAlpha().toColourspace('srgb').raw()

/** The same view, resized by libvips, which shrinks a JPEG as it decodes and extends edges. */
export function resizedBySharp(
  open: Open,
  size: readonly [height: number, width: number],
  framing: Framing,
): Promise<Uint8Array> {
  const { brought, input } = viewOf(...size, framing)
  const before = { top: Math.max(0, -input.top), left: Math.max(0, -input.left) }
  const [top, left] = [Math.max(0, input.top), Math.max(0, input.left)]
  const height = Math.min(brought[0] - top, input.height - before.top)
  const width = Math.min(brought[1] - left, input.width - before.left)
  // `cover` cuts the middle out after the resize, so that it may shrink as it decodes
  const fit = framing.crop.policy === 'center' ? 'cover' : 'fill'
  const image = open()
    .resize({ height: brought[0], width: brought[1], fit, kernel: 'linear' })
    .extract({ top, left, height, width })
  const [bottom, right] = [input.height - before.top - height, input.width - before.left - width]
  const isWhole = bottom + right + before.top + before.left === 0
  return rgb(isWhole ? image : image.extend({ ...before, bottom, right, background: 'black' })).toBuffer()
}
