import type { Measure, Table, Verdict } from '../../sinks/table/table.js'
import { numberCell, textCell } from './cells.js'
import { meanOverSeeds } from './meanOverSeeds.js'
import type { Measured } from './measured.js'
import { above, stateOf, type Outcome } from './state.js'
import type { Estimate } from './statistics.js'
import { spreadCell } from './sweep.js'
import { sweepLines, type SweepLine } from './sweepLines.js'
import type { ConfigurationNumbers, SweepMeasure } from './sweepNumbers.js'
import { decimals, lambdaText, many, say, span } from './words.js'

const RMS = { unit: 'rms', digits: 4 } as const
const PERCENT = { unit: 'percent', digits: 2 } as const

/** Slopes per decade of λ, one for each seed that has a number at every λ above 0. */
function slopesOf({ points }: SweepLine, measure: SweepMeasure): readonly number[] {
  const positive = points.filter(({ at, numbers }) => at > 0 && numbers[measure] !== undefined)
  if (positive.length < 2) return []
  const [{ numbers: first }] = positive
  return first.networks.flatMap(({ seed }) => {
    const own = positive.flatMap(({ at, numbers }) => {
      const value = numbers.networks.find((network) => network.seed === seed)?.[measure]?.value
      return value === undefined ? [] : [{ x: Math.log10(at), y: value }]
    })
    return own.length === positive.length ? [slopeOf(own)] : []
  })
}

/** The least-squares slope. */
function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (of: 'x' | 'y') => points.reduce((sum, point) => sum + point[of], 0) / points.length
  const [x, y] = [mean('x'), mean('y')]
  const sum = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((total, point) => total + of(point), 0)
  return sum((point) => (point.x - x) * (point.y - y)) / sum((point) => (point.x - x) ** 2)
}

interface Judged {
  readonly line: SweepLine
  readonly distortion: Estimate
  readonly testError: Estimate
  readonly outcome: Outcome
}

/** Whether more weight decay buys distance: the trend of the distortion in λ, with what it costs in test error. */
export function decayTable(all: readonly ConfigurationNumbers[], { queries }: Measured): Table {
  const lines = sweepLines(all, 'decay')
  const sloped = lines.map((line) => ({
    line,
    slopes: slopesOf(line, 'distortion'),
    errors: slopesOf(line, 'testError'),
  }))
  const judged = sloped.flatMap(({ line, slopes, errors }): readonly Judged[] => {
    if (slopes.length === 0) return []
    const comparisons = sloped.filter((other) => other.slopes.length > 0).length
    const outcome = above(meanOverSeeds(slopes, { comparisons }), 0)
    return [{ line, distortion: meanOverSeeds(slopes), testError: meanOverSeeds(errors), outcome }]
  })
  return {
    id: 'decay',
    title: 'Weight decay: does more of it buy distance?',
    claim: 'The more weight decay, the farther the nearest example that fools, at the price of test error.',
    verdict: verdictOf(judged),
    missing: lines.length === 0 ? ['no architecture with two weight decays'] : [],
    caption: 'The mean over the seeds of an architecture, with its 95 % interval over seeds.',
    of: 'architecture',
    columns: [
      { key: 'weight_decay', title: 'λ' },
      { key: 'least_distortion', title: 'distortion, least λ' },
      { key: 'most_distortion', title: 'largest λ' },
      { key: 'slope', title: 'per decade of λ' },
      { key: 'least_test_error', title: 'test error %, least λ' },
      { key: 'most_test_error', title: 'largest λ' },
      { key: 'test_error_slope', title: 'points per decade' },
    ],
    rows: lines.map((line) => {
      const [first, last] = [line.points[0], line.points[line.points.length - 1]]
      const own = judged.find((one) => one.line === line)
      return {
        name: line.name,
        keys: { architecture: line.name },
        n: own?.distortion.n,
        cells: [
          textCell(`${lambdaText(first.at)} to ${lambdaText(last.at)}`),
          spreadCell('least_distortion', first.numbers.distortion, RMS),
          spreadCell('most_distortion', last.numbers.distortion, RMS),
          own && slopeCell(own.distortion, RMS),
          spreadCell('least_test_error', first.numbers.testError, PERCENT),
          spreadCell('most_test_error', last.numbers.testError, PERCENT),
          own && slopeCell(own.testError, PERCENT),
        ],
      }
    }),
    notes: [
      'Per decade: of each seed the least-squares slope over log₁₀ λ, then the mean over seeds with its interval by Student’s t; N: seeds that have a number at every λ that has one: where no network is right about an image there is nothing to fool. λ = 0 is in no slope.',
      'An architecture’s networks share all but λ: images, recipe and, of one seed, the initial weights. Networks whose layers have several λ are left out.',
    ],
    queries: [queries.models, queries.attacks],
  }
}

const slopeCell = (
  estimate: Estimate,
  written: { readonly unit: 'rms' | 'percent'; readonly digits: number },
): Measure | undefined => (estimate.n === 0 ? numberCell(null, 'rms') : { ...estimate, ...written })

function verdictOf(judged: readonly Judged[]): Verdict | undefined {
  if (judged.length === 0) return undefined
  const state = stateOf(judged.map(({ outcome }) => outcome))
  const named = (what: string, outcome: Outcome) => {
    const names = judged.filter((one) => one.outcome === outcome).map(({ line }) => line.name)
    return names.length === 0 ? '' : ` ${what}: ${names.join(', ')}.`
  }
  const yes = judged.filter(({ outcome }) => outcome === 'yes').length
  const errors = judged.map(({ testError }) => testError.value).filter((value) => !Number.isNaN(value))
  const cost =
    errors.length === 0
      ? ''
      : `, and the test error by ${span(errors.map((error) => decimals(100 * error, 2, { sign: true })))} points`
  return {
    state,
    sentence:
      `${say(state)}: in ${yes} of ${many(judged.length, 'architecture')} the minimal distortion certainly grows with weight decay` +
      `${judged.length > 1 ? ' (all of these at once with 95 % confidence)' : ' (95 % confidence)'}; it changes by ` +
      `${span(judged.map(({ distortion }) => decimals(distortion.value, 4, { sign: true })))} per decade of λ${cost}.` +
      named('It certainly does not', 'no') +
      named('Too few seeds to say', 'unsure'),
    rule: 'holds where, for every architecture of two or more λ above 0, the interval over seeds of the slope of the mean distortion in log₁₀ λ lies above 0, all at once (Student’s t, Bonferroni over the architectures); does not where it does for none and for some architecture the interval lies below 0',
  }
}
