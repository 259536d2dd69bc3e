import { tmpdir } from 'node:os'
import { BlindspotError } from '../../operators/errors.js'
import { TABLES } from '../../operators/records/tables.js'

/** Errors of DuckDB's that are of files and not of what was asked. */
const OF_FILES = /^(IO|Invalid|Invalid Input|Serialization|INTERNAL|FATAL|HTTP) Error/

/** An error of DuckDB's as one of ours, in its words, with what to do where that is known. */
export function sqlError(cause: unknown): Error {
  if (cause instanceof BlindspotError) return cause
  const message = (cause as Error).message
    .replace(/^Failed to extract statements: |\n\nPossible solutions:[^]*/g, '')
    .trimEnd()
  if (/max_temp_directory_size|No space left/.test(message))
    return new BlindspotError(
      'io',
      `the system's folder for temporary files, ${tmpdir()}, is too small for what the query sorts or joins: make room there, name another by TMPDIR, or give more --memory (${message.split('\n')[0]})`,
      { cause },
    )
  const ofFiles = OF_FILES.test(message) && !/LINE \d+:/.test(message)
  const more = HINTS.find(([of]) => of.test(message))?.[1]
  return new BlindspotError(
    ofFiles ? 'bad-data' : 'bad-option',
    more === undefined ? message : `${message}\n${more}`,
    { cause },
  )
}

const HINTS: readonly (readonly [of: RegExp, more: string])[] = [
  [/^Catalog Error: Table with name/, `The tables are ${Object.keys(TABLES).join(', ')}, runs.`],
  [
    /^Permission Error: (Cannot access|File system)/,
    'SQL reads the tables of the data set by their names alone, and writes nothing; what else it may read is named by --allow PATH.',
  ],
  [/^Out of Memory Error/, 'More memory is given by --memory, as --memory 4GB.'],
]
