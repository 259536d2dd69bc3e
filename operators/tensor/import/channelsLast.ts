import type { WeightPlan } from '../alexnet/plan.js'

/** Numbers of a piece, about. */
const PIECE = 2 ** 20

/**
 * Numbers that are ordered as [units, channels, height, width], PyTorch's way, as [height, width, channels, units], in pieces
 * one after the other; each has a buffer of its own.
 */
export function* channelsLast(
  from: Float32Array,
  [units, channels, height, width]: WeightPlan['view'],
): Generator<Float32Array<ArrayBuffer>, void, undefined> {
  const places = height * width
  const rows = places * channels
  const most = Math.max(1, Math.floor(PIECE / units))
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first)
    const piece = new Float32Array(count * units)
    // where in a unit's own numbers each row is
    const sources = Int32Array.from({ length: count }, (_, i) => {
      const row = first + i
      return (row % channels) * places + Math.floor(row / channels)
    })
    for (let unit = 0; unit < units; unit++)
      for (let i = 0, to = unit, base = unit * rows; i < count; i++, to += units)
        piece[to] = from[base + sources[i]]
    yield piece
  }
}
