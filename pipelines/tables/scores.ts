import type { Table } from '../../sinks/table/table.js'
import type { Database } from '../../sources/duckdb.js'
import { rateCell, numberCell, textCell } from './cells.js'
import { among, where, writtenBy } from './restriction.js'
import { rate } from './statistics.js'

/** Errors of one victim on what was shown to it: rows, the images that they are of, and the share with its interval. */
export interface ScoreLine extends ShownTo {
  readonly n: number
  readonly images: number
  readonly errors: number
  readonly error: number
  readonly error_low: number
  readonly error_high: number
  /**
   * Rows, images, errors and their share over the images that the victim gets right when clean; null where there are
   * none.
   */
  readonly clean_n: number
  readonly clean_images: number
  readonly clean_errors: number
  readonly clean_error: number | null
  readonly clean_error_low: number | null
  readonly clean_error_high: number | null
}

/** What was shown, and to which model. */
interface ShownTo {
  readonly run: string
  readonly source_model: string
  readonly kind: string
  /** How the examples were looked for, and what they aimed at; empty for noise. */
  readonly method: string
  readonly goal: string
  readonly stddev: number | null
  /** Seed of the noise. */
  readonly seed: number | null
  readonly clip: boolean
  readonly model: string
}

/** Which scores are asked for: those that some steps wrote, of some victims. */
export interface ScoresOf {
  readonly runs?: readonly string[] | undefined
  readonly models?: readonly string[] | undefined
}

/** SQL for errors by what was shown and by victim: of examples, amplified ones, then noise. */
const lineRows = ({
  runs,
  models,
}: ScoresOf) => `SELECT coalesce(run, '') AS run, source_model, kind, coalesce(method, '') AS method, goal,
  stddev, seed, coalesce(clip, false) AS clip, model,
  count(*) AS n,
  count(DISTINCT (dataset, split, "index")) AS images,
  count(*) FILTER (error) AS errors,
  count(*) FILTER (NOT clean_error) AS clean_n,
  count(DISTINCT (dataset, split, "index")) FILTER (NOT clean_error) AS clean_images,
  count(*) FILTER (error AND NOT clean_error) AS clean_errors
FROM scores${where(writtenBy(runs), among('model', models))}
GROUP BY ALL
ORDER BY kind, source_model, method, goal, run, stddev, seed, clip, min((filename, file_row_number))`

/** Errors by what was shown and by victim. */
export async function scoreLines(database: Database, of: ScoresOf = {}): Promise<readonly ScoreLine[]> {
  type Row = ShownTo & Record<'n' | 'images' | 'errors' | 'clean_n' | 'clean_images' | 'clean_errors', number>
  const rows = await database.rows<Row>(lineRows(of))
  return rows.map(({ n, images, errors, clean_n, clean_images, clean_errors, ...shown }) => {
    const all = rate({ rows: n, images, count: errors })
    const right = rate({ rows: clean_n, images: clean_images, count: clean_errors })
    const known = (value: number) => (Number.isNaN(value) ? null : value)
    return {
      ...{ ...shown, n, images, errors },
      ...{ error: all.value, error_low: all.low, error_high: all.high },
      ...{ clean_n, clean_images, clean_errors, clean_error: known(right.value) },
      ...{ clean_error_low: known(right.low), clean_error_high: known(right.high) },
    }
  })
}

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
      const { source_model: source, kind, stddev, clip, model, n, images, errors } = line
      const by = [line.method, line.goal, ...(several(line) ? [`run ${line.run.slice(0, 6)}`] : [])]
      return {
        name: source,
        keys: { made_for: source, run: line.run },
        n: images,
        cells: [
          textCell(`${kind}${stddev === null ? '' : ` ${stddev}`}${clip ? ', clipped' : ''}`),
          textCell(by.filter((part) => part !== '').join(', ')),
          textCell(model),
          numberCell(n, 'count'),
          rateCell({ rows: n, images, count: errors }),
          rateCell({ rows: line.clean_n, images: line.clean_images, count: line.clean_errors }),
        ],
      }
    }),
    notes: ['N: images; several rows of one count as one in the intervals (Wilson’s)'],
    queries: [lineRows(of)],
  }
}
