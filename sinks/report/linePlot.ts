import { axisX, dot, line, ruleX, text, type PlotOptions } from '@observablehq/plot'
import { draw } from './plots.js'
import { SERIES } from './series.js'

/** A mean at a place of the axis, with the ends of its interval. */
export interface LinePoint {
  readonly x: number
  readonly y: number
  /** NaN where there is no interval. */
  readonly low: number
  readonly high: number
}

export interface PlotLine {
  readonly name: string
  readonly points: readonly LinePoint[]
}

export interface LinePlotOptions {
  /** What the axes are of. */
  readonly x: string
  readonly y: string
  /** What the plot shows, in words. */
  readonly label: string
}

const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'star', 'wye'] as const
/** Lines that can be told apart. */
export const MOST_LINES = SERIES.length * 2
/** Pixels between lines at one place, so that intervals do not hide each other, and of a line of the legend. */
const APART = 3
const LEGEND = 15
/** Letters of a name that the legend has room for. */
const LEGEND_LETTERS = 42
const DECADE = 10

/** Means with their intervals along an axis: logarithmic where that is more than a decade; 0 is one step left of the rest. */
export function linePlot(lines: readonly PlotLine[], { x, y, label }: LinePlotOptions): string {
  const shown = lines.slice(0, MOST_LINES)
  const places = [...new Set(shown.flatMap(({ points }) => points.map((point) => point.x)))].sort(
    (a, b) => a - b,
  )
  const axis = axisOf(places)
  const top = 34 + LEGEND * shown.length
  return draw(label, {
    height: 200 + top,
    marginTop: top,
    marginRight: 24,
    x: { ...axis.scale, label: `${x} →`, inset: 16 },
    y: { label: `↑ ${y}`, ticks: 5, grid: true, inset: 8, zero: true },
    marks: [
      axisX({ ticks: [...axis.ticks], tickFormat: axis.format, label: `${x} →` }),
      ...shown.flatMap(({ name, points }, i) => {
        const stroke = SERIES[i % SERIES.length]
        const [first, second] = [SYMBOLS[i % SYMBOLS.length], i < SERIES.length]
        const placed = points.map((point) => ({ ...point, x: axis.at(point.x) }))
        const dx = (i - (shown.length - 1) / 2) * APART
        const style = { stroke, dx }
        const above = { frameAnchor: 'top-left' as const, dx: 8, dy: LEGEND * (i - shown.length) }
        const fill = second ? stroke : 'none'
        return [
          line(placed, {
            x: 'x',
            y: 'y',
            ...style,
            strokeOpacity: 0.6,
            ...(second ? {} : { strokeDasharray: '4 3' }),
          }),
          ruleX(
            placed.filter(({ low }) => !Number.isNaN(low)),
            { x: 'x', y1: 'low', y2: 'high', ...style, strokeWidth: 1.5 },
          ),
          dot(placed, { x: 'x', y: 'y', ...style, fill, symbol: first, r: 3.5 }),
          dot([name], { ...above, stroke, fill, symbol: first, r: 3.5 }),
          text([fitted(name)], { ...above, text: (one: string) => one, dx: 18, fill: 'currentColor' }),
        ]
      }),
    ],
  } satisfies PlotOptions)
}

const fitted = (name: string) =>
  name.length > LEGEND_LETTERS ? `${name.slice(0, LEGEND_LETTERS - 1)}…` : name

/** How an axis has its places: of λ the 0, too, which no logarithm has. */
function axisOf(places: readonly number[]) {
  const positive = places.filter((place) => place > 0)
  const [least, most] = [positive[0] ?? 1, positive.at(-1) ?? 1]
  if (most < DECADE * least) {
    const format = (place: number) => short(place)
    return { scale: { type: 'linear' as const }, ticks: places, format, at: (place: number) => place }
  }
  const step = positive.length > 1 ? (most / least) ** (1 / (positive.length - 1)) : DECADE
  const zero = least / step
  const at = (place: number) => (place === 0 ? zero : place)
  return {
    scale: { type: 'log' as const },
    ticks: places.map(at),
    format: (place: number) => (place === zero && places[0] === 0 ? '0' : short(place)),
    at,
  }
}

/** A tick in short: 1e-4, 0.5, 200. */
function short(value: number): string {
  const plain = String(Number(value.toPrecision(3)))
  return Math.abs(value) < 0.01 && value !== 0 ? value.toExponential().replace('e+', 'e') : plain
}
