import type { Picture } from './picture.js'

export interface Point {
  readonly x: number
  readonly y: number
}

/**
 * Fills closed polygons with black, each pixel darker by the share of it that they cover, exactly.
 *
 * An edge adds to the pixel it passes through the area to its right, signed by its direction, and its height to
 * all pixels further right: a running sum along a row is the coverage. Pure arithmetic, the same on every machine.
 */
export function drawOutline(picture: Picture, polygons: readonly (readonly Point[])[]): void {
  const points = polygons.flat()
  if (points.length === 0) return
  const left = Math.floor(Math.min(...points.map(({ x }) => x)))
  const top = Math.floor(Math.min(...points.map(({ y }) => y)))
  // a column more, for what an edge in the last one adds to its right
  const width = Math.ceil(Math.max(...points.map(({ x }) => x))) - left + 2
  const height = Math.ceil(Math.max(...points.map(({ y }) => y))) - top + 1
  const change = new Float64Array(width * height)
  for (const polygon of polygons) {
    polygon.forEach((from, i) => {
      const to = polygon[(i + 1) % polygon.length]
      addEdge(change, width, from.x - left, from.y - top, to.x - left, to.y - top)
    })
  }
  for (let row = 0; row < height; row++) {
    let sum = 0
    for (let column = 0; column < width; column++) {
      sum += change[row * width + column]
      picture.darken(left + column, top + row, Math.min(1, Math.abs(sum)))
    }
  }
}

function addEdge(change: Float64Array, width: number, x0: number, y0: number, x1: number, y1: number): void {
  // cut at the borders of the pixels, so that each piece lies in one
  const cuts = [0, ...crossings(x0, x1), ...crossings(y0, y1), 1].sort((a, b) => a - b)
  for (let i = 1; i < cuts.length; i++) {
    const middle = (cuts[i - 1] + cuts[i]) / 2
    const x = x0 + middle * (x1 - x0)
    const column = Math.floor(x)
    const at = Math.floor(y0 + middle * (y1 - y0)) * width + column
    const rise = (cuts[i] - cuts[i - 1]) * (y1 - y0)
    change[at] += rise * (column + 1 - x)
    change[at + 1] += rise * (x - column)
  }
}

/** Where, from 0 to 1, the way from a to b passes a whole number. */
function crossings(a: number, b: number): number[] {
  const [low, high] = a < b ? [a, b] : [b, a]
  const all: number[] = []
  for (let whole = Math.floor(low) + 1; whole < high; whole++) all.push((whole - a) / (b - a))
  return all
}
