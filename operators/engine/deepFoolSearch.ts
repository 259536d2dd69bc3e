import { predictions } from '../classifier.js'
import { clip, moveInward, type Box } from '../minimize/box.js'
import { leastMargin, rounding } from '../minimize/standing.js'
import type { Reason } from '../records/codes.js'
import type { DeepFoolSearchOptions } from './methodDefaults.js'
import { largestOther, reached } from './reached.js'
import type { Search } from './roundQueue.js'

/** How much further than to the boundary each iteration goes, as in the authors' code; for a box of width 1. */
const BEYOND = 1e-4

/** DeepFool's search for one image, as `deepFool` says it. */
export function* deepFoolSearch(
  origin: Float32Array,
  clean: Float32Array,
  targets: readonly number[],
  box: Box,
  { iterations, overshoot, candidates }: DeepFoolSearchOptions,
): Search {
  const [label] = predictions(clean, clean.length)
  const wrong = [...targets].sort((a, b) => clean[b] - clean[a]).slice(0, candidates)
  // a wrong class that is ahead of the image's own has to be so of the other wrong ones, too
  const against = (logits: Float32Array, k: number) =>
    targets.length > 1 && !(logits[k] > logits[label]) ? label : largestOther(logits, k)
  const weigh = wrong.map((k) => (logits: Float32Array) => {
    const weights = new Float32Array(logits.length)
    weights[k] = 1
    weights[against(logits, k)] = -1
    return weights
  })
  const x = Float32Array.from(origin)
  const r = new Float64Array(x.length)
  let iteration = 0
  const end = (reason: Reason, target = -1, margin = NaN) => ({
    reason,
    target,
    margin,
    best: x,
    iterations: iteration,
  })

  const from = Float32Array.from(origin)
  let first = yield { pixels: from, weigh }
  if (first.gradients.every((w) => squaresOf(w) === 0)) {
    // the image can be on a kink where the network is not constant
    moveInward(from, box)
    first = yield { pixels: from, weigh }
  }
  const width = box[1] - box[0]
  const slope = Math.sqrt(Math.min(...first.gradients.map(squaresOf).filter((squares) => squares > 0)))
  const least = leastMargin(clean, slope < Infinity ? slope : 0, x.length, width)
  const aim = least + rounding(clean)
  let logits = clean
  let { gradients } = first

  for (;;) {
    let nearest = Infinity
    let scale = 0
    let direction: Float32Array = x
    for (const [i, k] of wrong.entries()) {
      const w = gradients[i]
      const squares = squaresOf(w)
      // to beyond the margin that a success needs, not to 0
      const gap = Math.abs(logits[against(logits, k)] - logits[k] + aim)
      const norm = Math.sqrt(squares)
      const distance = gap / norm
      if (Number.isNaN(gap + squares)) return end('non-finite')
      if (!(distance < nearest)) continue
      nearest = distance
      scale = (distance + BEYOND * width) / norm
      direction = w
    }
    if (!(scale > 0 && scale < Infinity)) return end('unreachable')

    for (let i = 0; i < x.length; i++) {
      r[i] += scale * direction[i]
      x[i] = clip(origin[i] + (1 + overshoot) * r[i], box)
    }
    iteration++
    const { target, margin } = reached((yield { pixels: x, weigh: [] }).logits, targets)
    if (Number.isNaN(margin)) return end('non-finite')
    if (margin > least) return end('none', target, margin)
    if (iteration === iterations) return end('budget')
    ;({ logits, gradients } = yield { pixels: x, weigh })
  }
}

const squaresOf = (w: Float32Array): number => w.reduce((sum, value) => sum + value * value, 0)
