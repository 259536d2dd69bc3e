import { BlindspotError } from '../operators/errors.js'
import { FORMAT } from '../operators/records/format.js'

/**
 * Where the rows of a Parquet file are from, as its footer says under `blindspot`; nothing in files of other writers.
 *
 * @throws BlindspotError `bad-data`, naming the file, where that is no JSON, or of a newer version than this one reads
 */
export function provenanceOf(
  keyValues: ReadonlyMap<string, string>,
  path: string,
): Readonly<Record<string, unknown>> {
  let found: unknown
  try {
    found = JSON.parse(keyValues.get('blindspot') ?? '{}')
  } catch (cause) {
    throw new BlindspotError(
      'bad-data',
      `${path}: the footer's key blindspot is no JSON; write the file again`,
      { cause },
    )
  }
  if (typeof found !== 'object' || found === null) return {}
  const provenance = found as Readonly<Record<string, unknown>>
  const { format } = provenance
  if (typeof format === 'number' && format > FORMAT)
    throw new BlindspotError(
      'bad-data',
      `${path} has tables of version ${format}, this blindspot reads up to ${FORMAT}; use a newer one`,
    )
  return provenance
}
