import { unexpected } from '../options/unexpected.js'

/** Which part of a photograph an input shows, before it is brought to the size of one. */
export type Crop =
  /** The shorter side is brought to so many pixels, the other with it, then the middle is cut out: torchvision's way. */
  | { readonly policy: 'shorter-side'; readonly resize: number }
  /** All of it is brought to [height, width], whatever its proportions, then the middle is cut out: Caffe's way. */
  | { readonly policy: 'exact'; readonly resize: readonly [height: number, width: number] }
  /** The largest part in the middle that has the input's proportions is brought to its size. */
  | { readonly policy: 'center' }

/** How a photograph of any size becomes an input of one: bilinear, with a filter as wide as what is shrunk. */
export interface Framing {
  /** Height and width of an input. */
  readonly size: readonly [height: number, width: number]
  readonly crop: Crop
}

/**
 * The framing that networks on ImageNet are usually evaluated with: the shorter side at 8/7 of the input's, then its middle
 * (256 for 224).
 */
export function usualFraming(size: readonly [height: number, width: number]): Framing {
  return { size, crop: { policy: 'shorter-side', resize: Math.round((Math.min(...size) * 8) / 7) } }
}

/** A framing as one short text, for messages and identities: `227x227, exact 256x256`. */
export function framingText({ size, crop }: Framing): string {
  const how = crop.policy === 'center' ? '' : ` ${[crop.resize].flat().join('x')}`
  return `${size.join('x')}, ${crop.policy}${how}`
}

/** Pixels of a side at most. */
export const MOST_SIDE = 4096

/**
 * Checks a framing.
 *
 * @throws BlindspotError `bad-option` for sizes that are none; a crop may be larger than what it is cut from, whose edges are
 * then black, as torchvision has it
 */
export function checkFraming(owner: string, framing: Framing): void {
  const { size, crop } = Object(framing) as { readonly size?: unknown; readonly crop?: unknown }
  if (!Array.isArray(size)) throw unexpected(owner, '{ size: [height, width], crop }', framing)
  checkSize(owner, size)
  checkCrop(`${owner}: crop`, crop)
}

/** Checks a height and width, or the side of a square. */
export function checkSize(owner: string, size: unknown): void {
  const sides: readonly unknown[] = Array.isArray(size) ? size : [size, size]
  if (sides.length !== 2) throw unexpected(owner, 'a height and a width', size)
  checkSides(owner, sides)
}

/** Checks which part of a photograph is shown. */
export function checkCrop(owner: string, crop: unknown): void {
  const { policy, resize } = Object(crop) as { readonly policy?: unknown; readonly resize?: unknown }
  if (policy === 'center') return
  if (policy === 'exact' && Array.isArray(resize)) checkSize(owner, resize)
  else if (policy === 'shorter-side' && !Array.isArray(resize)) checkSides(owner, [resize])
  else throw unexpected(owner, CROPS, crop)
}

const CROPS =
  "{ policy: 'shorter-side', resize: 256 }, { policy: 'exact', resize: [height, width] } or { policy: 'center' }"

function checkSides(owner: string, sides: readonly unknown[]): void {
  for (const side of sides)
    if (!(Number.isSafeInteger(side) && Number(side) >= 1 && Number(side) <= MOST_SIDE))
      throw unexpected(owner, `sizes in whole pixels from 1 to ${MOST_SIDE}`, side)
}
