import { groups } from '../../operators/records/groups.js'
import type { Measure, Row, Table } from '../../sinks/table/table.js'
import { compare, imagesOf, type Configuration, type Configurations } from './configurations.js'
import { meanOverPairs } from './meanOverPairs.js'
import type { Measured, ScoreRow } from './measured.js'
import { rightErrorsOf } from './scoreColumns.js'
import { rate } from './statistics.js'
import { spreadCell } from './sweep.js'
import { spreadOf, type NetworkPair, type Spread } from './sweepNumbers.js'

const PERCENT = { unit: 'percent', digits: 1 } as const

/** Which configuration's examples fool which: of networks that are two, over their seeds, with noise as control. */
export function transferMatrix(
  { configurations }: Configurations,
  pairs: readonly NetworkPair[],
  { queries, scores }: Measured,
): Table {
  const [fed, asking] = [new Set(pairs.map(({ from }) => from)), new Set(pairs.map(({ to }) => to))]
  const asked = configurations.filter(({ name }) => asking.has(name))
  const cells = new Map(
    groups(pairs, ({ from, to }) => [from, to]).map((own) => [cellKey(own[0].from, own[0].to), own]),
  )
  const rows = configurations
    .filter(({ name }) => fed.has(name))
    .map(({ name }): Row => ({
      ...{ name, keys: { made_for: name } },
      cells: asked.map((victim) => pairsCell(cells.get(cellKey(name, victim.name)) ?? [])),
    }))
  return {
    id: 'transfer-matrix',
    title: 'Transfer between configurations: error in % on examples made for one, fed to the other',
    claim:
      'Examples fool networks of other weights, and of other architectures: which of them shows over all pairs of seeds.',
    verdict: undefined,
    missing: rows.length === 0 ? ['no network was shown the examples of another'] : [],
    caption:
      'The mean over the pairs of a network of the row and one of the column, with its 95 % interval over networks; where a cell says so, of one pair, with the interval over images.',
    of: 'made for \\ fed to',
    columns: asked.map(({ name }) => ({
      ...{ key: 'error', title: name, line: { fed_to: name } },
    })),
    rows: [...rows, ...noiseRows(asked, scores)],
    notes: [
      'Error in % of the column’s networks on the row’s networks’ examples, over the images that the victim gets right when clean; each pair of networks counts once, whatever its N of images.',
      'On the diagonal are networks of the same configuration and other seeds, the paper’s other initial weights; a network’s own examples, which fool it by construction, are left out everywhere. Gaussian σ: the control, noise of standard deviation σ shown to the column’s networks, with its interval over their seeds.',
      'Pairs that share a network are not independent: the variance is the jackknife’s over the row’s networks and that over the column’s, less that over pairs, and at least the larger of the two (Efron and Stein 1981; Cameron, Gelbach and Miller 2011); on the diagonal that over the networks, each left out with all pairs that it is in. Student’s t has one degree of freedom less than the smaller of the two has networks. Of one network on one side the interval is over the other side alone; of two networks on the diagonal there is none. N: pairs.',
    ],
    queries: [queries.models, queries.scores],
  }
}

const cellKey = (from: string, to: string) => JSON.stringify([from, to])

function pairsCell(pairs: readonly NetworkPair[]): Measure | undefined {
  if (pairs.length === 0) return undefined
  const [{ error }] = pairs
  const spread: Spread =
    pairs.length === 1
      ? { ...error, over: 'images' }
      : { ...meanOverPairs(pairs.map((pair) => ({ ...pair, value: pair.error.value }))), over: 'seeds' }
  return heated(spread)
}

function heated(spread: Spread | undefined): Measure | undefined {
  const cell = spreadCell('error', spread, PERCENT)
  return cell && { ...cell, heat: cell.value }
}

/** Noise of each size on the networks of each column; of several runs of the same the largest. */
function noiseRows(asked: readonly Configuration[], scores: readonly ScoreRow[]): readonly Row[] {
  const noise = scores.filter(({ kind, clean_n: n }) => kind === 'gaussian' && n > 0)
  const kinds = groups(noise, ({ stddev, clip, dataset, split }) => [stddev ?? NaN, clip, dataset, split])
  const several = new Set(noise.map(imagesOf)).size > 1
  return [...kinds]
    .sort(
      ([a], [b]) =>
        (a.stddev ?? NaN) - (b.stddev ?? NaN) ||
        Number(a.clip) - Number(b.clip) ||
        compare(imagesOf(a), imagesOf(b)),
    )
    .flatMap((rows): readonly Row[] => {
      const [{ stddev, clip }] = rows
      const name = [
        `gaussian ${stddev ?? '?'}`,
        ...(clip ? ['clipped'] : []),
        ...(several ? [imagesOf(rows[0])] : []),
      ]
      const cells = asked.map(({ networks }) =>
        heated(
          spreadOf(
            networks.map(({ model }) => {
              const [largest] = rows
                .filter((row) => row.model === model.model)
                .sort((a, b) => b.images - a.images || compare(a.run, b.run)) as [ScoreRow?]
              return largest && rate(rightErrorsOf(largest))
            }),
          ),
        ),
      )
      return cells.some((cell) => cell)
        ? [{ name: name.join(', '), keys: { made_for: name.join(', ') }, cells }]
        : []
    })
}
