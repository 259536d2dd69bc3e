import { BlindspotError } from '../../operators/errors.js'
import { quoted } from '../../sources/duckdbScan.js'
import { requireKnown } from '../../operators/options/knownOptions.js'

/** Which rows of a data set a table is about; without any, all. */
export interface Restriction {
  /**
   * How many attacked images of each attack, the first in the order in which they were committed; of noise the first
   * that were shown.
   */
  readonly first?: number | undefined
  /** Identities of the steps whose rows these are. Default: any. */
  readonly runs?: readonly string[] | undefined
  /** Names of the models that were shown something. Default: all. */
  readonly victims?: readonly string[] | undefined
}

/** A restriction that came from outside; a `bad-option` error that names the key where it is none. */
export function checked<R extends Restriction>(restriction: R): R {
  requireKnown<Restriction>('restriction', restriction, { first: true, runs: true, victims: true })
  const { first, runs, victims } = restriction
  if (first !== undefined && !(Number.isSafeInteger(first) && first >= 1))
    throw new BlindspotError('bad-option', `first: expected a whole number from 1, got ${String(first)}`)
  for (const [key, names] of Object.entries({ runs, victims })) requireTexts(key, names)
  return restriction
}

/** An option of names; a `bad-option` error where it is anything else than a list of strings, or nothing. */
export function requireTexts(key: string, names: readonly string[] | undefined): void {
  const given: unknown = names
  if (given === undefined) return
  const others = Array.isArray(given) ? given.filter((one: unknown) => typeof one !== 'string') : [given]
  if (others.length === 0) return
  throw new BlindspotError('bad-option', `${key}: expected a list of strings, got ${String(others[0])}`)
}

/** Conditions of which all hold, as a clause; nothing of none. */
export const where = (...conditions: readonly (string | undefined)[]): string => {
  const told = conditions.filter((condition) => condition !== undefined)
  return told.length === 0 ? '' : `\nWHERE ${told.join('\n  AND ')}`
}

/** SQL that says that a column has one of some texts, which may be anybody's. */
export const among = (column: string, texts: readonly string[] | undefined): string | undefined =>
  texts && (texts.length === 0 ? 'false' : `${column} IN (${[...new Set(texts)].map(quoted).join(', ')})`)

/**
 * SQL that says that rows are in a file that one of some steps wrote: those of examples that were scored name the run
 * of their attack.
 */
export const writtenBy = (steps: readonly string[] | undefined): string | undefined =>
  among(`url_decode(regexp_extract(filename, '/part-([^/]+)-\\d+(\\.\\d+)?\\.parquet$', 1))`, steps)

/** What tells an attack from others. */
export const ATTACK = 'run, source_model, dataset, split, method, goal'

/** The first attacked images of each attack. */
export const attackedFirst = ({ first, runs }: Restriction) => `attacked AS (
  SELECT ${ATTACK}, "index"
  FROM examples${where("status <> 'skipped'", among('run', runs))}
  GROUP BY ${ATTACK}, "index"
  QUALIFY row_number() OVER (PARTITION BY ${ATTACK} ORDER BY min((filename, file_row_number))) <= ${String(first)}
)`
