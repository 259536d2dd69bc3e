import { join } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { putNow } from '../../sources/writeNow.js'
import { namesNow, readNow } from '../../sources/openFile.js'
import { temporaryFolder } from './locked.js'
import { parseEntry, type Entry } from './manifestSchema.js'

/** Largest commit that is read and written, in bytes: it tells of a file, or of those that were lost. */
const LARGEST = 64e6

/** Milliseconds for which a commit that is not whole is waited for: where there are no links it is empty for a moment. */
const MOMENT = 200

/** Folder of the commits, relative to the data set: `00000000000000000001.json` and on. */
export const LOG = '_commits'

export const entryPath = (folder: string, commit: number): string =>
  join(folder, LOG, `${String(commit).padStart(20, '0')}.json`)

/**
 * A commit of a data set, of which every value is as its type says; undefined where there is none of that number.
 *
 * @throws BlindspotError `bad-data`, naming its file, where it is damaged or newer
 */
export function readEntry(folder: string, commit: number): Entry | undefined {
  const path = entryPath(folder, commit)
  const text = readWhole(path)
  if (text === undefined) return undefined
  try {
    if (text === '')
      throw new Error(
        'it is empty; where there are no links, one that died while it committed leaves it so: delete it if it is the last, and nobody is at work',
      )
    const found: unknown = JSON.parse(text)
    const { version } = (found ?? {}) as { readonly version?: unknown }
    if (typeof version === 'number' && version > 2)
      throw new Error(`it has version ${version}, this blindspot reads up to 2; use a newer one`)
    const entry = parseEntry(found)
    if (entry.commit !== commit) throw new Error(`commit: expected ${commit}, got ${entry.commit}`)
    return entry
  } catch (cause) {
    throw new BlindspotError(
      'bad-data',
      `${path} is no commit that blindspot wrote: ${(cause as Error).message}; restore it, ` +
        'or write the data set to another folder',
      { cause },
    )
  }
}

function readWhole(path: string): string | undefined {
  for (let waited = 0; ; waited += 10) {
    const text = readNow(path, (size) => {
      if (size > LARGEST)
        throw new BlindspotError(
          'bad-data',
          `${path} has ${(size / 1e6).toFixed(0)} MB, of a commit up to ${LARGEST / 1e6} are read; restore it`,
        )
    })
    if (text === undefined || text.endsWith('\n') || waited >= MOMENT) return text
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
  }
}

/** Puts a commit under its number, where none has it; says whether it did. It is on the disk then. */
export function putEntry(folder: string, entry: Entry): boolean {
  const path = entryPath(folder, entry.commit)
  const text = JSON.stringify(entry) + '\n'
  if (text.length > LARGEST)
    throw new BlindspotError(
      'bad-data',
      `${path} would have over ${LARGEST / 1e6} MB; note less beside a file`,
    )
  return putNow(path, text, temporaryFolder(folder))
}

/**
 * Makes sure that the commits after a number are there without a gap.
 *
 * @throws BlindspotError `bad-data`, naming the one that is missing
 */
export function requireUnbroken(folder: string, after: number): void {
  const numbers = namesNow(join(folder, LOG))
    .filter((name) => /^\d{20}\.json$/.test(name))
    .map((name) => Number(name.slice(0, 20)))
    .filter((number) => number > after)
  const gap = numbers.findIndex((number, i) => number !== after + 1 + i)
  if (gap === -1) return
  throw new BlindspotError(
    'bad-data',
    `${entryPath(folder, after + 1 + gap)} is missing, while ${entryPath(folder, numbers[gap])} is there: ` +
      'a commit of this data set is lost; restore it, or write the data set to another folder',
  )
}
