import { predictions } from '../classifier.js'
import { moveInward, squaredDistance, type Box } from '../minimize/box.js'
import { sharpnessFor } from '../minimize/sharpness.js'
import { leastMargin } from '../minimize/standing.js'
import type { Reason } from '../records/codes.js'
import type { DdnSearchOptions } from './methodDefaults.js'
import { largestOther, reached } from './reached.js'
import type { Search } from './roundQueue.js'

/** ‖r‖ of the first sphere, and α, the step's length along the gradient, at the start and the end; of a box of width 1. */
const FIRST_NORM = 1
const FIRST_STEP = 1
const LAST_STEP = 0.01

/** DDN's search for one image, as `decoupledDirectionNorm` says it. */
export function* ddnSearch(
  origin: Float32Array,
  clean: Float32Array,
  targets: readonly number[],
  box: Box,
  { iterations, gamma, levels }: DdnSearchOptions,
): Search {
  const [low, high] = box
  const width = high - low
  const [label] = predictions(clean, clean.length)
  const [toward, sign] = targets.length > 1 ? ([label, -1] as const) : ([targets[0], 1] as const)
  // of the first gradient
  let least = NaN
  let sharpness = 1
  const weigh = [(logits: Float32Array) => lean(logits, toward, sign, sharpness)]
  const place = (value: number) => {
    const share = Math.min(1, Math.max(0, (value - low) / width))
    return levels ? low + (Math.round(share * (levels - 1)) / (levels - 1)) * width : low + share * width
  }
  const x = Float32Array.from(origin)
  const delta = new Float64Array(x.length)
  const best = new Float32Array(x.length)
  let found = { target: -1, margin: NaN, distance: Infinity }
  let reason: Reason = 'budget'
  let norm = FIRST_NORM * width
  // as the authors' code: no point of the box is further
  const farthest = lengthOf(origin.map((value) => Math.max(value - low, high - value)))
  let iteration = 0

  for (;;) {
    const over = iteration === iterations
    const { logits, gradients } = yield { pixels: x, weigh: over ? [] : weigh }
    const { target, margin } = reached(logits, targets)
    const length = gradients.length ? lengthOf(gradients[0]) : 0
    if (!Number.isFinite(margin + length)) {
      reason = 'non-finite'
      break
    }
    if (length > 0 && Number.isNaN(least)) {
      const away = clean[label] - clean[sign > 0 ? toward : largestOther(clean, label)]
      sharpness = sharpnessFor(clean, away, length, width)
      least = leastMargin(clean, length, x.length, width)
      // once more, with the gradient of that loss
      if (sharpness !== 1) continue
    }
    const fools = margin > least
    const distance = Math.sqrt(squaredDistance(x, origin))
    if (fools && distance < found.distance) {
      found = { target, margin, distance }
      best.set(x)
    }
    if (over) break

    const alpha =
      width *
      (LAST_STEP + ((FIRST_STEP - LAST_STEP) * (1 + Math.cos((Math.PI * iteration) / iterations))) / 2)
    if (length > 0) gradients[0].forEach((g, i) => (delta[i] += (alpha * g) / length))
    if (Number.isNaN(least)) {
      // the image can be on a kink where the network is not constant
      if (iteration === 0) moveInward(x, box)
      else {
        reason = 'unreachable'
        break
      }
      x.forEach((value, i) => (delta[i] = value - origin[i]))
      iteration++
      continue
    }
    const far = lengthOf(delta)
    norm = Math.min(farthest, norm * (fools ? 1 - gamma : 1 + gamma))
    for (let i = 0; i < x.length; i++) {
      x[i] = place(origin[i] + (norm / far) * delta[i])
      // the next iteration sets out from the point in the box
      delta[i] = x[i] - origin[i]
    }
    iteration++
  }
  return { ...found, reason: found.distance < Infinity ? 'none' : reason, best, iterations: iteration }
}

/**
 * Weights of the logits whose gradient is that of ± log softmax(sharpness · logits)[k], to a positive factor: ± (1 of
 * k, less the softmax of the others). That factor, 1 − softmax[k], is 0 in float32 where the network is sure of k.
 */
function lean(logits: Float32Array, k: number, sign: 1 | -1, sharpness: number): Float32Array {
  const top = logits[largestOther(logits, k)]
  const weights = logits.map((logit, j) => (j === k ? 0 : Math.exp(sharpness * (logit - top))))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight, j) => sign * (j === k ? 1 : -weight / sum))
}

function lengthOf(vector: Float32Array | Float64Array): number {
  let sum = 0
  for (const value of vector) sum += value * value
  return Math.sqrt(sum)
}
