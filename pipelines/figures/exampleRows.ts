import { BlindspotError } from '../../operators/errors.js'
import type { Status } from '../../operators/records/codes.js'
import type { Database } from '../../sources/duckdb.js'
import { quoted } from '../../sources/duckdbScan.js'
import { alike, type Attack } from '../tables/measured.js'
import { canShow, imageNotes, imageOf, type Pixels } from './pixels.js'

/** The images of an attack that are shown, and the numbers that are said of it: of all its rows. */
export interface ExampleRows {
  readonly attack: Attack
  readonly rows: readonly ExampleRow[]
}

/** An attacked or skipped image; its pixels are changed where the attack was a success. */
export interface ExampleRow {
  readonly dataset: string
  readonly split: string
  readonly index: number
  readonly label: number
  readonly target: number | null
  readonly status: Status
  /** Why there is no example; `none` for a success. */
  readonly reason: string
  /** The network's class before and after. */
  readonly before: number | null
  readonly after: number | null
  /** RMS of the perturbation; null where there is no example. */
  readonly distortion: number | null
  readonly pixels: Pixels
}

export interface ExampleChoice {
  /** Successes shown of an attack, at most. */
  readonly most: number
  /** Failed rows shown of an attack, at most, and as many skipped ones. Default 0. */
  readonly others?: number
}

interface Row extends Omit<ExampleRow, 'pixels' | 'before' | 'after'> {
  readonly filename: string
  readonly row: number
  readonly run: string
  readonly source_model: string
  readonly method: string
  readonly goal: string
  readonly before: number | null
  readonly after: number | null
}

/** SQL for the first rows of each attack and status, by attack. */
const firstRows = (runs: readonly string[], most: number, others: number) =>
  `SELECT filename, file_row_number AS row, run, source_model, dataset, split, method, goal,
  "index", label, target, status, reason, prediction AS before, adversarial_prediction AS after, distortion
FROM examples
WHERE run IN (${runs.map(quoted).join(', ')})
QUALIFY row_number() OVER (
  PARTITION BY run, source_model, dataset, split, method, goal, status
  ORDER BY filename, file_row_number
) <= CASE status WHEN 'success' THEN ${most} ELSE ${others} END
ORDER BY status DESC, filename, file_row_number`

/** SQL for the images of some rows. */
const imagesOf = (rows: readonly Row[]) => `SELECT filename, file_row_number AS row, original, adversarial
FROM examples
WHERE (filename, file_row_number) IN (${rows.map(({ filename, row }) => `(${quoted(filename)}, ${row})`).join(', ')})`

interface Images {
  readonly filename: string
  readonly row: number
  readonly original: readonly (number | null)[]
  readonly adversarial: readonly (number | null)[] | null
}

/**
 * Chooses the images that are shown of some attacks: the first successes in the order of the files, no more than the numbers
 * of the attack are about, then the first of those that were skipped and that failed. What has no pixels that can be shown is
 * left out.
 *
 * @param attacks in whose order the rows come
 * @throws BlindspotError `bad-data` for images that are none, naming file, column and row.
 */
export async function exampleRows(
  database: Database,
  attacks: readonly Attack[],
  { most, others = 0 }: ExampleChoice,
): Promise<readonly ExampleRows[]> {
  if (attacks.length === 0) return []
  const runs = [...new Set(attacks.map(({ run }) => run))]
  const found = await database.rows<Row>(firstRows(runs, most, others))
  const chosen = attacks.map((attack) => ({
    attack,
    rows: found
      .filter(
        (row) =>
          row.run === attack.run &&
          alike({ ...row, sourceModel: row.source_model, options: attack.options }, attack),
      )
      // an earlier run with a larger limit may have left more than the numbers are about
      .filter(({ status }, i) => status !== 'success' || i < attack.successes),
  }))
  const pixels = await pixelsOf(
    database,
    chosen.flatMap(({ rows }) => rows),
  )
  return chosen.map(({ attack, rows }) => ({
    attack,
    rows: rows.flatMap((row) => {
      const own = pixels.get(placeOf(row))
      return own ? [{ ...row, pixels: own }] : []
    }),
  }))
}

const placeOf = ({ filename, row }: Pick<Row, 'filename' | 'row'>) => `${filename} ${row}`

/** The pixels of rows by their place; none of a row whose file does not say of what shape, or of one that cannot be shown. */
async function pixelsOf(database: Database, rows: readonly Row[]): Promise<ReadonlyMap<string, Pixels>> {
  const pixels = new Map<string, Pixels>()
  if (rows.length === 0) return pixels
  const notes = await imageNotes(
    database,
    rows.map(({ filename }) => filename),
  )
  const successes = new Set(rows.filter(({ status }) => status === 'success').map(placeOf))
  for (const { filename, row, ...images } of await database.rows<Images>(imagesOf(rows))) {
    const place = placeOf({ filename, row })
    const note = notes.get(filename)
    const refuse = (expected: string) =>
      new BlindspotError('bad-data', `${filename}: column adversarial, row ${row}: expected ${expected}`)
    if (successes.has(place) !== (images.adversarial !== null))
      throw refuse('an image of a success, and null of others')
    const [original, changed] = (['original', 'adversarial'] as const).map(
      (column) => images[column] && imageOf(images[column], note, { filename, column, row }),
    )
    const { length } = images.original
    if (images.adversarial && images.adversarial.length !== length)
      throw refuse(`${length} values as in the original, got ${images.adversarial.length}`)
    if (note && original && canShow(note.shape))
      pixels.set(place, { ...note, original, changed: changed ?? undefined })
  }
  return pixels
}
