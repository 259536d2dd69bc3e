import type { Framing } from '../../operators/classifier/framing.js'

/** What an input shows of a photograph, in whole pixels. */
export interface View {
  /** The part of the photograph that is brought to another size; what is beside it has no weight. */
  readonly part: Box
  /** Height and width that the part is brought to. */
  readonly brought: readonly [height: number, width: number]
  /** Where the input lies in what that gives; it is black where it reaches beyond. */
  readonly input: Box
}

export interface Box {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/**
 * What an input shows of a photograph of some height and width. `shorter-side` is torchvision's `Resize(n)` and `CenterCrop`:
 * the longer side is cut to whole pixels, and the middle is rounded as Python does. `center` is the largest part in the middle
 * that has the input's proportions, as near as whole pixels have them.
 */
export function viewOf(height: number, width: number, { size, crop }: Framing): View {
  const [h, w] = size
  if (crop.policy === 'center') {
    const isWide = width * h > height * w
    const partHeight = isWide ? height : Math.max(1, Math.round((width * h) / w))
    const partWidth = isWide ? Math.max(1, Math.round((height * w) / h)) : width
    const part = {
      top: middle(height, partHeight),
      left: middle(width, partWidth),
      height: partHeight,
      width: partWidth,
    }
    return { part, brought: size, input: { top: 0, left: 0, height: h, width: w } }
  }
  const brought = crop.policy === 'exact' ? crop.resize : byShorterSide(height, width, crop.resize)
  return {
    part: { top: 0, left: 0, height, width },
    brought,
    input: { top: middle(brought[0], h), left: middle(brought[1], w), height: h, width: w },
  }
}

const byShorterSide = (height: number, width: number, side: number): readonly [number, number] =>
  height < width ? [side, Math.floor((side * width) / height)] : [Math.floor((side * height) / width), side]

/**
 * Where a crop of some length begins in the middle of a side. One that is longer begins before it: torchvision then adds half
 * of what is missing before, rounded down, else it rounds as Python, halves to even.
 */
function middle(side: number, crop: number): number {
  if (crop > side) return -Math.floor((crop - side) / 2)
  const half = (side - crop) / 2
  const below = Math.floor(half)
  return half === below || below % 2 === 0 ? below : below + 1
}
