import { dot, line, plot, rectY, ruleX, ruleY, type PlotOptions } from '@observablehq/plot'
import { parseHTML } from 'linkedom'

/** A bin of a histogram. */
export interface Bin {
  readonly low: number
  readonly high: number
  readonly share: number
}

/** One value of c that a search solved for. */
export interface PathPoint {
  readonly c: number
  /** RMS distortion of the minimiser. */
  readonly distortion: number
  /** Relative KKT residual of the minimiser. */
  readonly residual: number
  readonly fooled: boolean
  /** Whether the point is the search's result. */
  readonly best: boolean
}

const SIZE = { width: 340, height: 210, marginLeft: 54, marginBottom: 38 }
/** Residual up to which a minimisation converged: one far from the boundary is stopped early. */
const CONVERGED = 2e-3
/** The scales of a histogram end so far beyond its bars. */
const ROOM = 1.08
/** The page's colour, or, in a file alone, blue. */
const ACCENT = 'var(--accent, #2b62a8)'

/** Shares of the images by distortion, with the mean and the paper's. */
export function histogram(
  bins: readonly Bin[],
  {
    most,
    highest,
    mean,
    paper,
    label,
  }: {
    /** Where the last bin of all panels ends, and the largest share, %: of the same scales panels can be compared. */
    readonly most: number
    readonly highest: number
    readonly mean: number
    readonly paper: number | undefined
    readonly label: string
  },
): string {
  return draw(label, {
    x: { domain: [0, most * ROOM], label: 'distortion (RMS) →', ticks: 5 },
    y: { domain: [0, highest * ROOM], label: '↑ share of images, %', ticks: 4, grid: true },
    marks: [
      rectY(bins, {
        x1: 'low',
        x2: 'high',
        y: ({ share }: Bin) => 100 * share,
        fill: ACCENT,
        fillOpacity: 0.75,
        insetRight: 0,
        insetLeft: 0.5,
      }),
      ruleX([mean], { stroke: 'currentColor', strokeWidth: 1.5 }),
      ...(paper === undefined ? [] : [ruleX([paper], { stroke: 'currentColor', strokeDasharray: '3 3' })]),
      ruleY([0], { stroke: 'currentColor' }),
    ],
  })
}

/** Distortion against c, in the order in which the search tried them. */
export function searchPath(points: readonly PathPoint[], label: string): string {
  return draw(label, {
    x: {
      type: decades(points) ? 'log' : 'linear',
      label: 'c →',
      ticks: 4,
      grid: true,
      inset: 8,
      tickFormat: '~g',
    },
    y: { label: '↑ distortion (RMS)', ticks: 4, grid: true, inset: 8 },
    marks: [
      line(points, { x: 'c', y: 'distortion', stroke: 'currentColor', strokeOpacity: 0.25 }),
      dot(points, {
        x: 'c',
        y: 'distortion',
        symbol: ({ fooled }: PathPoint) => (fooled ? 'circle' : 'times'),
        fill: ({ fooled }: PathPoint) => (fooled ? ACCENT : 'none'),
        stroke: ({ fooled }: PathPoint) => (fooled ? ACCENT : 'currentColor'),
        r: ({ residual }: PathPoint) => (residual > CONVERGED ? 2 : 4),
      }),
      dot(
        points.filter(({ best }) => best),
        { x: 'c', y: 'distortion', r: 8, stroke: 'currentColor', strokeWidth: 1.5 },
      ),
    ],
    symbol: { type: 'identity' },
    r: { type: 'identity' },
  })
}

/** Whether c goes over more than one decade: on less a logarithmic axis has too few numbers. */
function decades(points: readonly PathPoint[]): boolean {
  const all = points.map(({ c }) => c)
  return Math.max(...all) > 10 * Math.min(...all)
}

/** A plot as SVG, one image of which `label` says what it shows. */
export function draw(label: string, options: PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const svg = plot({
    ...SIZE,
    ...options,
    document: document,
    className: 'plot',
    style: { background: 'none', fontSize: '11px' },
  })
  svg.setAttribute('role', 'img')
  // attributes are serialised as they are
  svg.setAttribute('aria-label', label.replaceAll('&', '&amp;').replaceAll('<', '&lt;'))
  // for a file of its own
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  // one image: its parts have no names of their own
  for (const part of Array.from(svg.querySelectorAll('[aria-label]'))) part.removeAttribute('aria-label')
  const title = document.createElementNS('http://www.w3.org/2000/svg', 'title')
  title.textContent = label
  svg.prepend(title)
  return svg.outerHTML
}
