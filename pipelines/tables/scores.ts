import type { Table } from '../../sinks/table/table.js'
import type { ScoreKind } from '../../operators/records/score.js'
import type { Database } from '../../sources/duckdb.js'
import { rateCell, numberCell, textCell } from './cells.js'
import { among, requireTexts, where, writtenBy } from './restriction.js'
import { COUNTS, errorsOf, rightErrorsOf, SHOWN, type ScoreCounts, type ShownTo } from './scoreColumns.js'
import { rate, type Tally } from './statistics.js'

/** What was shown to one victim, with its errors counted. */
interface Counted extends ShownTo, ScoreCounts {
  /** Seed of the noise. */
  readonly seed: number | null
  /** Rows that have a target, their images, and those of them that the victim takes for it. */
  readonly aimed: number
  readonly aimed_images: number
  readonly hits: number
}

/** Errors of one victim on what was shown to it, with their shares and intervals. */
export interface ScoreLine extends Counted {
  readonly error: number
  readonly error_low: number
  readonly error_high: number
  /** Share of the errors over the images that the victim gets right when clean; null where there are none. */
  readonly clean_error: number | null
  readonly clean_error_low: number | null
  readonly clean_error_high: number | null
  /** Share of the rows that the victim takes for their target, of those that have one; null where none has. */
  readonly reached: number | null
  readonly reached_low: number | null
  readonly reached_high: number | null
}

/** Which scores are asked for: those that some steps wrote, of some victims. */
export interface ScoresOf {
  readonly runs?: readonly string[] | undefined
  readonly models?: readonly string[] | undefined
  /** What was shown. Default: anything. */
  readonly kinds?: readonly ScoreKind[] | undefined
}

/** SQL for errors by what was shown and by victim: of examples, amplified ones, noise, then what was stored. */
export const lineRows = ({ runs, models, kinds }: ScoresOf) => `SELECT ${SHOWN}, seed, model,
  ${COUNTS},
  count(target) AS aimed,
  count(DISTINCT (dataset, split, "index")) FILTER (target IS NOT NULL) AS aimed_images,
  count(*) FILTER (prediction = target) AS hits
FROM scores${where(writtenBy(runs), among('model', models), among('kind', kinds))}
GROUP BY ALL
ORDER BY kind, source_model, method, goal, run, stddev, seed, clip, quality DESC, min((filename, file_row_number))`

/** Errors by what was shown and by victim. */
export async function scoreLines(database: Database, of: ScoresOf = {}): Promise<readonly ScoreLine[]> {
  for (const [key, names] of Object.entries(of) as [string, readonly string[] | undefined][])
    requireTexts(key, names)
  const rows = await database.rows<Counted>(lineRows(of))
  return rows.map((row) => {
    const all = rate(errorsOf(row))
    const right = rate(rightErrorsOf(row))
    const reached = rate(hitsOf(row))
    const known = (value: number) => (Number.isNaN(value) ? null : value)
    return {
      ...row,
      ...{ error: all.value, error_low: all.low, error_high: all.high, clean_error: known(right.value) },
      ...{ clean_error_low: known(right.low), clean_error_high: known(right.high) },
      ...{
        reached: known(reached.value),
        reached_low: known(reached.low),
        reached_high: known(reached.high),
      },
    }
  })
}

/** Rows that a victim takes for their target, of those that have one. */
export const hitsOf = ({ aimed, aimed_images: images, hits }: Counted): Tally => ({
  rows: aimed,
  images,
  count: hits,
})

/** Lines of scores as a table, a row each. */
export function scoresTable(lines: readonly ScoreLine[], of: ScoresOf = {}): Table {
  const attackOf = ({ source_model, method, goal }: ScoreLine) => [source_model, method, goal].join('\n')
  const several = (line: ScoreLine) =>
    lines.some((other) => other.run !== line.run && attackOf(other) === attackOf(line) && line.goal !== '')
  return {
    id: 'scores',
    title: 'Scores: error in % over all, and over the images that the model gets right when clean',
    claim: '',
    verdict: undefined,
    missing: lines.length === 0 ? ['no scores'] : [],
    of: 'made for',
    columns: [
      { key: 'shown', title: 'shown' },
      { key: 'by', title: 'by' },
      { key: 'fed_to', title: 'fed to' },
      { key: 'rows', title: 'rows' },
      { key: 'error', title: 'error', names: { n: 'n', count: 'errors' } },
      {
        key: 'clean_error',
        title: 'error where clean is right',
        names: { n: 'clean_n', count: 'clean_errors' },
      },
    ],
    rows: lines.map((line) => {
      const { source_model: source, kind, stddev, clip, quality, model, n, images } = line
      const by = [line.method, line.goal, ...(several(line) ? [`run ${line.run.slice(0, 6)}`] : [])]
      return {
        name: source,
        keys: { made_for: source, run: line.run },
        n: images,
        cells: [
          textCell(
            `${kind}${stddev === null ? '' : ` ${stddev}`}${quality === null ? '' : ` ${quality}`}${clip ? ', clipped' : ''}`,
          ),
          textCell(by.filter((part) => part !== '').join(', ')),
          textCell(model),
          numberCell(n, 'count'),
          rateCell(errorsOf(line)),
          rateCell(rightErrorsOf(line)),
        ],
      }
    }),
    notes: ['N: images; several rows of one count as one in the intervals (Wilson’s)'],
    queries: [lineRows(of)],
  }
}
