import { setTimeout as sleep } from 'node:timers/promises'
import { BlindspotError, warnOnce } from '../../operators/errors.js'
import { committedIn, type Committed } from './committed.js'
import type { Home } from './home.js'
import { entryPlace, putEntry, readEntry } from './log.js'
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
/** Milliseconds of the longest pause before the next number is tried, where others are quick. */
const PAUSE = 250

/**
 * Commits to a data set: puts a file with the number after the last one, where nobody has. Where somebody was first, what
 * that changed is read and the next number is tried. No lock decides, and nothing is written anew.
 *
 * @param propose gives the changes, nothing for none, or throws where what is committed rules them out; asked again whenever
 * somebody else was first, with what was committed since it was asked last
 * @returns what is committed now, and what was added, as who reads it has it
 */
export async function commit(
  home: Home,
  propose: (
    committed: Committed,
    since: readonly Entry[],
  ) => Changes | undefined | Promise<Changes | undefined>,
): Promise<{ readonly committed: Committed; readonly added: readonly ManifestFile[] }> {
  let asked: number | undefined
  for (let tries = 0, lost = 0; tries < TRIES; tries++) {
    const committed = await committedIn(home)
    if (asked !== committed.commit) tries = 0
    // the number is of what is proposed upon: what others commit meanwhile is seen here, too
    const before = committed.commit
    const since = await entriesAfter(home, asked ?? before, before)
    const changes = await propose(committed, since)
    if (changes === undefined) return { committed, added: [] }
    asked = before
    const entry = entryOf(before + 1, changes)
    if (await putEntry(home, entry)) {
      committed.apply(entry)
      return { committed, added: entry.add }
    }
    // many at once are spread out
    if (home.isRemote) await sleep(Math.random() * Math.min(PAUSE, 10 * 2 ** lost++))
  }
  throw new BlindspotError(
    'io',
    `${entryPlace(home, (asked ?? 0) + 1)} can be neither read nor written; look what is there, and remove it`,
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
async function entriesAfter(home: Home, after: number, last: number): Promise<readonly Entry[]> {
  const found: Entry[] = []
  for (let number = after + 1; number <= last; number++) {
    const entry = await readEntry(home, number)
    if (entry) found.push(entry)
  }
  return found
}

/** Whether the manifest lacks so much that it is worth to be written anew. */
export function isBehind({ listed, commit: last, size }: Committed): boolean {
  if (listed === undefined) return true
  return last > listed && (size <= FEW || last - listed > size * PART)
}

/** Writes the manifest with all that is committed; under the lock, so that it takes nothing back. */
export async function writeCheckpoint(home: Home): Promise<void> {
  const committed = await committedIn(home)
  const { created, commit: last, fences, listed, stamp } = committed
  if (stamp !== undefined && listed === last) return
  committed.stamp = await writeManifest(home, { created, commit: last, fences, files: committed.files() })
  committed.listed = last
}

/** The same after a commit, where it is due. What is committed stays so where it cannot be written: that is told. */
export async function keepUp(home: Home, committed: Committed): Promise<void> {
  if (!isBehind(committed)) return
  try {
    await writeCheckpoint(home)
  } catch (error) {
    warnOnce(`${(error as Error).message} (what was committed is in the log, and whole)`)
  }
}
