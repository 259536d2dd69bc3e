import type { ImageShape } from '../../operators/records/image.js'

/** An image, grey or RGB. */
export interface ShrunkImage {
  readonly shape: ImageShape
  /** [height × width × channels] */
  readonly pixels: Float32Array
}

/** Whether an image needs no enlarging to be seen, as photographs. */
export const isLarge = ([height, width]: ImageShape): boolean => Math.max(height, width) > 64

/** The shape that `shrunk` gives an image. */
export function shrunkShape(shape: ImageShape, longest: number): ImageShape {
  const factor = factorOf(shape, longest)
  const [height, width] = [shape[0], shape[1]].map((side) => Math.max(1, Math.floor(side / factor)))
  return [height, width, shape[2]]
}

/** An image whose longest side is over `longest` pixels shrunk by a whole factor, to the means of the pixels that become one. */
export function shrunk(image: ShrunkImage, longest: number): ShrunkImage {
  const { pixels, shape } = image
  const factor = factorOf(shape, longest)
  if (factor === 1) return image
  const [, width, channels] = shape
  const small = shrunkShape(shape, longest)
  const sums = new Float32Array(small[0] * small[1] * channels)
  for (let y = 0; y < small[0] * factor; y++)
    for (let x = 0; x < small[1] * factor; x++)
      for (let c = 0; c < channels; c++) {
        const at = Math.floor(y / factor) * small[1] + Math.floor(x / factor)
        sums[at * channels + c] += pixels[(y * width + x) * channels + c]
      }
  return { pixels: sums.map((sum) => sum / factor ** 2), shape: small }
}

const factorOf = ([height, width]: ImageShape, longest: number) =>
  Math.ceil(Math.max(height, width) / longest)
