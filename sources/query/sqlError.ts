import { tmpdir } from 'node:os'
import { BlindspotError } from '../../operators/errors.js'
import { TABLES } from '../../operators/records/tables.js'

/** Errors of DuckDB's that are of files and not of what was asked. */
const OF_FILES = /^(IO|Invalid|Invalid Input|Serialization|INTERNAL|FATAL|HTTP) Error/

/**
 * An error of DuckDB's as one of ours, in its words, with what to do where that is known: `bad-data` where files are what is wrong,
 * else `bad-option`, since other SQL is what helps.
 *
 * @param hasMemory whether who asks can give more memory. Default false
 */
export function sqlError(cause: unknown, hasMemory = false): Error {
  if (cause instanceof BlindspotError) return cause
  const message = (cause as Error).message
    .replace(/^Failed to extract statements: |\n\nPossible solutions:[^]*/g, '')
    .trimEnd()
  if (/max_temp_directory_size|No space left/.test(message))
    return new BlindspotError(
      'io',
      `the system's folder for temporary files, ${tmpdir()}, is too small for what the query sorts or joins: make room there${hasMemory ? ', name another by TMPDIR, or give more --memory' : ' or name another by TMPDIR'} (${message.split('\n')[0]})`,
      { cause },
    )
  const ofFiles = OF_FILES.test(message) && !/LINE \d+:/.test(message)
  const more = [...HINTS, ...(hasMemory ? [MEMORY] : [])].find(([of]) => of.test(message))?.[1]
  return new BlindspotError(
    ofFiles ? 'bad-data' : 'bad-option',
    more === undefined ? message : `${message}\n${more}`,
    { cause },
  )
}

type Hint = readonly [of: RegExp, more: string]

const HINTS: readonly Hint[] = [
  [/^Catalog Error: Table with name/, `The tables are ${Object.keys(TABLES).join(', ')}, runs.`],
  [
    /^Permission Error: (Cannot access|File system)/,
    'SQL reads the tables of the data set by their names alone, and writes nothing; what else it may read is named by --allow PATH.',
  ],
]
const MEMORY: Hint = [/^Out of Memory Error/, 'More memory is given by --memory, as --memory 4GB.']
