import { BlindspotError, warnOnce } from '../../operators/errors.js'
import { committedIn, type Committed } from './committed.js'
import { entryPath, putEntry, readEntry } from './log.js'
import { writeManifest } from './manifest.js'
import { parseEntry, type Entry, type ManifestFile } from './manifestSchema.js'

/** What a commit changes. */
export type Changes = Partial<Pick<Entry, 'add' | 'remove' | 'fence'>>

/** Up to so many files the manifest is written anew at every commit: it takes no longer than the commit itself. */
const FEW = 200
/** Of more, when so large a part of them would have to be read from the log. */
const PART = 1 / 8
/** Tries without anybody's commit after which something else is in the way. */
const TRIES = 20

/**
 * Commits to a data set: puts a file with the number after the last one, where nobody has. Where somebody was first, what
 * that changed is read and the next number is tried. No lock decides, and nothing is written anew.
 *
 * @param propose gives the changes, nothing for none, or throws where what is committed rules them out; asked again whenever
 * somebody else was first, with what was committed since it was asked last
 * @returns what is committed now, and what was added, as who reads it has it
 */
export function commit(
  folder: string,
  propose: (committed: Committed, since: readonly Entry[]) => Changes | undefined,
): { readonly committed: Committed; readonly added: readonly ManifestFile[] } {
  let asked: number | undefined
  for (let tries = 0; tries < TRIES; tries++) {
    const committed = committedIn(folder)
    if (asked !== committed.commit) tries = 0
    const changes = propose(committed, entriesAfter(folder, asked ?? committed.commit, committed.commit))
    if (changes === undefined) return { committed, added: [] }
    asked = committed.commit
    const entry = entryOf(committed.commit + 1, changes)
    if (putEntry(folder, entry)) {
      committed.apply(entry)
      return { committed, added: entry.add }
    }
  }
  throw new BlindspotError(
    'io',
    `${entryPath(folder, (asked ?? 0) + 1)} can be neither read nor written; look what is there, and remove it`,
  )
}

/** A commit as those will have it who read it: what they would refuse is not written. */
function entryOf(number: number, { add = [], remove = [], fence }: Changes): Entry {
  const head = { format: 'blindspot', version: 2, commit: number, committed: new Date().toISOString() }
  const json = JSON.stringify({ ...head, add, remove, fence })
  try {
    return parseEntry(JSON.parse(json))
  } catch (cause) {
    throw new BlindspotError(
      'bad-option',
      `a commit cannot be read back: ${(cause as Error).message}; note what JSON can hold`,
      { cause },
    )
  }
}

/** Commits between two, the latter with them: no commit is ever removed. */
function entriesAfter(folder: string, after: number, last: number): readonly Entry[] {
  return Array.from({ length: last - after }, (_, i) => readEntry(folder, after + 1 + i)).filter(
    (entry) => entry !== undefined,
  )
}

/** Whether the manifest lacks so much that it is worth to be written anew. */
export function isBehind({ listed, commit: last, size }: Committed): boolean {
  if (listed === undefined) return true
  return last > listed && (size <= FEW || last - listed > size * PART)
}

/** Writes the manifest with all that is committed; under the lock, so that it takes nothing back. */
export function writeCheckpoint(folder: string): void {
  const committed = committedIn(folder)
  const { created, commit: last, fences, listed, stamp } = committed
  if (stamp !== undefined && listed === last) return
  committed.stamp = writeManifest(folder, { created, commit: last, fences, files: committed.files() })
  committed.listed = last
}

/** The same after a commit, where it is due. What is committed stays so where it cannot be written: that is told. */
export function keepUp(folder: string, committed: Committed): void {
  if (!isBehind(committed)) return
  try {
    writeCheckpoint(folder)
  } catch (error) {
    warnOnce(`${(error as Error).message} (what was committed is in the log, and whole)`)
  }
}
