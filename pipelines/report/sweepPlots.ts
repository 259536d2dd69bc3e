import type { ReportPlot } from '../../sinks/report/content.js'
import { linePlot, MOST_LINES, type LinePoint } from '../../sinks/report/linePlot.js'
import type { ConfigurationNumbers, SweepMeasure } from '../tables/sweepNumbers.js'
import { sweepLines, type Axis, type SweepLine } from '../tables/sweepLines.js'
import { lambdaText, many } from '../tables/words.js'

const AXES: Readonly<
  Record<Axis, { readonly name: string; readonly short: string; readonly alike: string }>
> = {
  decay: { name: 'weight decay', short: 'λ', alike: 'networks that differ in weight decay alone' },
  width: {
    name: 'width',
    short: 'units of the widest hidden layer',
    alike: 'networks of the same depth, activation, weight decay and recipe',
  },
  depth: {
    name: 'depth',
    short: 'hidden layers',
    alike: 'networks of the same width, activation, weight decay and recipe',
  },
}
const PANELS: readonly {
  readonly measure: SweepMeasure
  readonly name: string
  readonly short: string
  readonly times: number
  readonly digits: number
}[] = [
  { measure: 'testError', name: 'test error', short: 'test error, %', times: 100, digits: 2 },
  { measure: 'distortion', name: 'minimal distortion', short: 'distortion (RMS)', times: 1, digits: 4 },
  { measure: 'transfer', name: 'transfer', short: 'transfer error, %', times: 100, digits: 2 },
]

/** Test error, distortion and transfer along weight decay, width and depth; none of an axis that no networks are along. */
export function sweepPlots(numbers: readonly ConfigurationNumbers[], query: string): readonly ReportPlot[] {
  return (['decay', 'width', 'depth'] as const).flatMap((axis) => {
    const lines = sweepLines(numbers, axis)
    return lines.length === 0 ? [] : [plotOf(axis, lines, query)]
  })
}

function plotOf(axis: Axis, lines: readonly SweepLine[], query: string): ReportPlot {
  const { name, short, alike } = AXES[axis]
  const left =
    lines.length > MOST_LINES ? ` The first ${MOST_LINES} of ${many(lines.length, 'line')} are drawn.` : ''
  const { common, labels } = legendOf(lines.map((line) => line.name))
  const all = common.length === 0 ? '' : ` All are: ${common.join(', ')}.`
  return {
    id: `sweep-${axis}`,
    title: `Along ${name}`,
    description: `Means over seeds with their 95 % intervals; a line is of ${alike}. A network that is alone has its interval over images.${all}${left}`,
    panels: PANELS.flatMap(({ measure, name: what, short: unit, times }) => {
      const drawn = lines.flatMap(({ points }, i) => {
        const own = points.flatMap(({ at, numbers }): readonly LinePoint[] => {
          const spread = numbers[measure]
          if (!spread) return []
          const { value, low, high } = spread
          return [{ x: at, y: times * value, low: times * low, high: times * high }]
        })
        return own.length === 0 ? [] : [{ name: labels[i], points: own }]
      })
      if (drawn.length === 0) return []
      const label = `${what} along ${name}: ${drawn.map((line) => line.name).join('; ')}`
      return [{ file: what, name: what, svg: linePlot(drawn, { x: short, y: unit, label }) }]
    }),
    columns: [
      'line',
      axis === 'decay' ? 'λ' : name,
      'configuration',
      'seeds',
      ...PANELS.map((panel) => panel.short),
    ],
    rows: lines.flatMap(({ name: line, points }) =>
      points.map(({ at, numbers }) => [
        line,
        axis === 'decay' ? lambdaText(at) : String(at),
        numbers.configuration.name,
        String(numbers.networks.length),
        ...PANELS.map(({ measure, times, digits }) => {
          const spread = numbers[measure]
          if (!spread) return '–'
          const [value, ...ends] = [spread.value, spread.low, spread.high].map((one) =>
            (times * one).toFixed(digits),
          )
          return Number.isNaN(spread.low) ? value : `${value} [${ends.join(', ')}]`
        }),
      ]),
    ),
    query,
  }
}

/** What lines are called beside each other: without the parts that all of them have. */
function legendOf(names: readonly string[]) {
  const parts = names.map((name) => name.split(/, | (?=\w+=)/))
  const [first = []] = parts
  const common = names.length < 2 ? [] : first.filter((part) => parts.every((own) => own.includes(part)))
  const labels = parts.map((own) => own.filter((part) => !common.includes(part)).join(', '))
  return { common, labels }
}
