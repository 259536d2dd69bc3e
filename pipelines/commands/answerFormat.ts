import { extname } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'

/** What an answer can be written as. */
export const FORMATS = ['table', 'csv', 'json', 'jsonl', 'parquet', 'arrow'] as const
export type Format = (typeof FORMATS)[number]

const ENDINGS: Readonly<Partial<Record<string, Format>>> = {
  '.txt': 'table',
  '.csv': 'csv',
  '.json': 'json',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
  '.arrows': 'arrow',
}

/** The format that options ask for. */
export function formatOf({
  format,
  out,
  json,
}: {
  readonly format?: Format
  readonly out?: string | undefined
  readonly json?: boolean
}): Format {
  if (json && format !== undefined && format !== 'jsonl')
    throw new BlindspotError(
      'bad-option',
      `--json is --format jsonl: expected no other beside it, got ${format}`,
    )
  const found = out === undefined ? undefined : ENDINGS[extname(out).toLowerCase()]
  const asked = json ? 'jsonl' : format
  if (
    asked !== undefined &&
    found !== undefined &&
    asked !== found &&
    !(asked === 'jsonl' && found === 'json')
  )
    throw new BlindspotError(
      'bad-option',
      `--out ${out}: expected a name of format ${asked}, which is asked for, got one of ${found}`,
    )
  if (asked !== undefined || out === undefined) return asked ?? 'table'
  if (found === undefined)
    throw new BlindspotError(
      'bad-option',
      `--out ${out}: expected a name that ends in ${Object.keys(ENDINGS).join(', ')}, or --format`,
    )
  return found
}
