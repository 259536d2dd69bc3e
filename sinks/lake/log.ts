import { setTimeout as sleep } from 'node:timers/promises'
import { BlindspotError } from '../../operators/errors.js'
import type { Home } from './home.js'
import { parseEntry, type Entry } from './manifestSchema.js'

/** A data set by where its bytes are. */
type Stored = Pick<Home, 'store'>

/** Largest commit that is read and written, in bytes: it tells of a file, or of those that were lost. */
const LARGEST = 64e6

/** Milliseconds for which a commit that is not whole is waited for: where there are no links it is empty for a moment. */
const MOMENT = 200

/** Folder of the commits, relative to the data set: `00000000000000000001.json` and on. */
export const LOG = '_commits'

const entryName = (commit: number): string => `${LOG}/${String(commit).padStart(20, '0')}.json`

/** Where a commit is, or would be. */
export const entryPlace = ({ store }: Stored, commit: number): string => store.place(entryName(commit))

/**
 * A commit of a data set, of which every value is as its type says; undefined where there is none of that number.
 *
 * @throws BlindspotError `bad-data`, naming its file, where it is damaged or newer
 */
export async function readEntry(home: Stored, commit: number): Promise<Entry | undefined> {
  const path = entryPlace(home, commit)
  const text = await readWhole(home, commit)
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

async function readWhole(home: Stored, commit: number): Promise<string | undefined> {
  for (let waited = 0; ; waited += 10) {
    const text = await home.store.text(entryName(commit), (size) => {
      if (size > LARGEST)
        throw new BlindspotError(
          'bad-data',
          `${entryPlace(home, commit)} has ${(size / 1e6).toFixed(0)} MB, of a commit up to ${LARGEST / 1e6} are read; restore it`,
        )
    })
    if (text === undefined || text.endsWith('\n') || waited >= MOMENT) return text
    await sleep(10)
  }
}

/** Puts a commit under its number, where none has it; says whether it did. It is on the disk then. */
export async function putEntry(home: Stored, entry: Entry): Promise<boolean> {
  const text = JSON.stringify(entry) + '\n'
  if (text.length > LARGEST)
    throw new BlindspotError(
      'bad-data',
      `${entryPlace(home, entry.commit)} would have over ${LARGEST / 1e6} MB; note less beside a file`,
    )
  return home.store.put(entryName(entry.commit), text, { ifAbsent: true })
}

/**
 * Makes sure that the commits after a number are there without a gap; gives the number of the last.
 *
 * @throws BlindspotError `bad-data`, naming the one that is missing
 */
export async function requireUnbroken(home: Stored, after: number): Promise<number> {
  const numbers = ((await home.store.list(LOG)) ?? [])
    .filter(({ name }) => /^\d{20}\.json$/.test(name))
    .map(({ name }) => Number(name.slice(0, 20)))
    .filter((number) => number > after)
    .sort((a, b) => a - b)
  const gap = numbers.findIndex((number, i) => number !== after + 1 + i)
  if (gap === -1) return after + numbers.length
  throw new BlindspotError(
    'bad-data',
    `${entryPlace(home, after + 1 + gap)} is missing, while ${entryPlace(home, numbers[gap])} is there: ` +
      'a commit of this data set is lost; restore it, or write the data set to another folder',
  )
}
