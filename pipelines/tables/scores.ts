import type { Table } from '../../sinks/table/table.js'
import type { ScoreKind } from '../../operators/records/score.js'
import type { Database } from '../../sources/duckdb.js'
import { attackNames } from './attackNames.js'
import { rateCell, numberCell, textCell } from './cells.js'
import { optionsOrder } from './optionsOrder.js'
import { among, requireTexts, where, writtenBy } from './restriction.js'
import { COUNTS, SHOWN, type ScoreCounts, type ShownTo } from './scoreColumns.js'
import { rate, type Estimate, type Tally } from './statistics.js'
import { requireKnown } from '../../operators/options/knownOptions.js'
import { requireArray } from '../../operators/options/requireKinds.js'

/** What was shown to one victim, with its errors counted. */
interface Counted extends ShownTo, ScoreCounts {
  readonly kind: ScoreKind
  readonly seed: number | null
  readonly aimed: number
  readonly aimed_images: number
  readonly hits: number
}

/** Errors of one victim on what was shown to it, as counts and as shares with their intervals. */
export interface ScoreLine {
  /** Identity of the attack, or of the scoring of noise; empty, as the method, in files of an earlier version. */
  readonly run: string
  /** The network that examples were made for; empty of noise and of clean images. */
  readonly sourceModel: string
  readonly kind: ScoreKind
  readonly method: string
  readonly goal: string
  /** What of the attack is not as usual; empty where all is, and in files of earlier versions. */
  readonly options: string
  readonly stddev: number | null
  readonly clip: boolean
  /** Quality of the JPEG that examples were stored as. */
  readonly quality: number | null
  /** Seed of the noise. */
  readonly seed: number | null
  readonly model: string
  /** Rows, and images: one image can be there with several targets. */
  readonly rows: number
  readonly images: number
  readonly errors: number
  /** Rows, images and errors over the images that the victim gets right when clean. */
  readonly cleanRows: number
  readonly cleanImages: number
  readonly cleanErrors: number
  /** Rows that have a target, their images, and those of them that the victim takes for it. */
  readonly aimed: number
  readonly aimedImages: number
  readonly hits: number
  readonly error: Estimate
  /** Share of the errors over the images that the victim gets right when clean; `n` is 0 where there are none. */
  readonly cleanError: Estimate
  /** Share of the rows that the victim takes for their target, of those that have one; `n` is 0 where none has. */
  readonly reached: Estimate
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
ORDER BY kind, source_model, method, goal, ${optionsOrder('any_value(options)')}, stddev, seed, run, clip, quality DESC, min((filename, file_row_number))`

/** Errors by what was shown and by victim. */
export async function scoreLines(database: Database, of: ScoresOf = {}): Promise<readonly ScoreLine[]> {
  requireKnown<ScoresOf>('scores', of, { runs: true, models: true, kinds: true })
  for (const [key, names] of Object.entries(of) as [string, readonly string[] | undefined][])
    requireTexts(key, names)
  const rows = await database.rows<Counted>(lineRows(of))
  return rows.map(({ source_model, n, clean_n, clean_images, clean_errors, aimed_images, ...row }) => {
    const counts = {
      ...{ rows: n, cleanRows: clean_n, cleanImages: clean_images, cleanErrors: clean_errors },
      ...{ images: row.images, errors: row.errors },
      ...{ aimed: row.aimed, aimedImages: aimed_images, hits: row.hits },
    }
    return {
      ...row,
      sourceModel: source_model,
      ...counts,
      error: rate(allOf(counts)),
      cleanError: rate(rightOf(counts)),
      reached: rate(hitsOf(counts)),
    }
  })
}

type Counts = Pick<
  ScoreLine,
  | 'rows'
  | 'images'
  | 'errors'
  | 'cleanRows'
  | 'cleanImages'
  | 'cleanErrors'
  | 'aimed'
  | 'aimedImages'
  | 'hits'
>

/** Errors of a victim over all rows. */
export const allOf = ({ rows, images, errors }: Pick<Counts, 'rows' | 'images' | 'errors'>): Tally => ({
  ...{ rows, images },
  count: errors,
})

const rightOf = ({ cleanRows: rows, cleanImages: images, cleanErrors: count }: Counts): Tally => ({
  ...{ rows, images, count },
})

/** Rows that a victim takes for their target, of those that have one. */
export const hitsOf = ({
  aimed: rows,
  aimedImages: images,
  hits: count,
}: Pick<Counts, 'aimed' | 'aimedImages' | 'hits'>): Tally => ({ rows, images, count })

/** Whether what was shown is of an attack, and not clean or noisy. */
const isOfAttack = ({ goal }: ScoreLine) => goal !== ''

/** Lines of scores as a table, a row each. */
export function scoresTable(lines: readonly ScoreLine[], of: ScoresOf = {}): Table {
  requireArray('scoresTable: lines', lines, 'lines of scoreLines')
  const nameOf = attackNames(lines.filter(isOfAttack))
  const seeds = new Set(lines.flatMap(({ seed }) => (seed === null ? [] : [seed])))
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
      const { sourceModel: source, kind, stddev, clip, quality, seed, model, rows, images } = line
      const what = `${kind}${stddev === null ? '' : ` ${stddev}`}${quality === null ? '' : ` ${quality}`}`
      const how = [...(clip ? ['clipped'] : []), ...(seeds.size > 1 && seed !== null ? [`seed=${seed}`] : [])]
      return {
        name: source,
        keys: { made_for: source, run: line.run },
        n: images,
        cells: [
          textCell([what, ...how].join(', ')),
          textCell(isOfAttack(line) ? nameOf(line) : ''),
          textCell(model),
          numberCell(rows, 'count'),
          rateCell(allOf(line)),
          rateCell(rightOf(line)),
        ],
      }
    }),
    notes: ['N: images; several rows of one count as one in the intervals (Wilson’s)'],
    queries: [lineRows(of)],
  }
}
