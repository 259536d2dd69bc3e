import { rounding, spread } from './standing.js'

/**
 * Where an image's logits are no further apart, and the loss changes by no more over the width of the box, the
 * cross-entropy is log(classes) and little beside rounding.
 */
const LEAST_SPREAD = 2 ** -2
/** Margin above which a softmax is 0 or 1 almost everywhere, and its gradient 0 beyond the boundary. */
const LARGEST_MARGIN = 2 ** 9
/** Logits far from 0 are rounded: no more than this may come of that in the loss, in nats. */
const LARGEST_ROUNDING = 2 ** -4
/** The margin's scale where the logits have none, as on ties: what it changes by within this share of the box. */
const NEIGHBOURHOOD = 0.1

/**
 * The factor of the logits in the loss, −log softmax(sharpness · logits)[target]: 1, the network's own cross-entropy,
 * wherever that is of use. A network says the same of every image when its last layer is multiplied by anything; where
 * the factor is far from any that training gives, the loss is taken as sharp as is of use, where its minimiser is
 * nearest to the least perturbation, and depends on the logits' size no more.
 *
 * @param clean [classes] the image's logits
 * @param margin how far the target is from the largest of them, ≥ 0
 * @param slope norm of the input gradient of the loss of sharpness 1, > 0
 * @param width of the box
 */
export function sharpnessFor(clean: Float32Array, margin: number, slope: number, width: number): number {
  const most = sharpest(clean, margin, slope, width)
  return most >= 1 && Math.max(spread(clean), width * slope) >= LEAST_SPREAD ? 1 : most
}

/** The sharpest loss that is of use; parameters as of `sharpnessFor`. */
export function sharpest(clean: Float32Array, margin: number, slope: number, width: number): number {
  return Math.min(
    LARGEST_MARGIN / Math.max(margin, NEIGHBOURHOOD * width * slope),
    LARGEST_ROUNDING / rounding(clean),
  )
}
