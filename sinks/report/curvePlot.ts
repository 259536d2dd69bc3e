import { areaY, line, ruleY, text, type PlotOptions } from '@observablehq/plot'
import type { LinePoint } from './linePlot.js'
import { draw } from './plots.js'
import { SERIES } from './series.js'

/** A curve by its name in the legend. */
export interface PlotCurve {
  readonly name: string
  readonly points: readonly LinePoint[]
}

export interface CurvePlotOptions {
  /** What the axes are of. */
  readonly x: string
  readonly y: string
  /** Ends of the axes, the same for every panel: they can be compared. */
  readonly most: number
  readonly highest: number
  /** What the plot shows, in words. */
  readonly label: string
}

/** Curves that can be told apart in one plot. */
export const MOST_CURVES = SERIES.length
/** Pixels of a line of the legend, and letters that it has room for. */
const LEGEND = 15
const LEGEND_LETTERS = 40
/** Of those the last ones of a longer name, which tell it from others: `seed=2`. */
const LAST_LETTERS = 20

/** Curves over an axis with the bands of their intervals, below a legend. */
export function curvePlot(
  curves: readonly PlotCurve[],
  { x, y, most, highest, label }: CurvePlotOptions,
): string {
  const top = 26 + LEGEND * curves.length
  return draw(label, {
    height: 180 + top,
    marginTop: top,
    x: { domain: [0, most], label: `${x} →`, ticks: 4 },
    y: { domain: [0, highest], label: `↑ ${y}`, ticks: 5, grid: true },
    marks: [
      ...curves.flatMap(({ name, points }, i) => {
        const colour = SERIES[i % SERIES.length]
        const above = { frameAnchor: 'top-left' as const, dy: LEGEND * (i - curves.length) - 4 }
        return [
          areaY(points, { x: 'x', y1: 'low', y2: 'high', fill: colour, fillOpacity: 0.12 }),
          line(points, { x: 'x', y: 'y', stroke: colour, strokeWidth: 1.5 }),
          text(['■'], { ...above, fill: colour }),
          text([fitted(name)], { ...above, dx: 14, fill: 'currentColor' }),
        ]
      }),
      ruleY([0], { stroke: 'currentColor' }),
    ],
  } satisfies PlotOptions)
}

const fitted = (name: string) =>
  name.length > LEGEND_LETTERS
    ? `${name.slice(0, LEGEND_LETTERS - LAST_LETTERS - 1)}…${name.slice(-LAST_LETTERS)}`
    : name
