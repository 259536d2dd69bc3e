import { lstatSync, realpathSync, statSync, type Stats } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { fileKind } from '../../operators/lock/fileKind.js'
import { unreadable } from '../../sources/openFile.js'

/** What a file of a data set is of. */
export interface Named {
  readonly table: string
  readonly partition: Readonly<Record<string, string>>
  readonly step: string
  readonly part: number
}

/** What a name has before `.parquet` that was taken when its file came: which of that table, partition, step and part it is. */
const LATER = /(-\d{5,})\.(?:[2-9]|[1-9]\d{1,8})(\.parquet)$/

/** Longest name of a folder or a file on the usual file systems, in bytes. */
const LONGEST = 255

/**
 * `TABLE/KEY=VALUE/part-STEP-00000.parquet`, relative to the data set; the second that came for the same, while the first was
 * there, is `part-STEP-00000.2.parquet`, and so on: no file ever takes the name of another. Nothing else is the name of a
 * committed file.
 *
 * @param which from 1
 * @throws BlindspotError `bad-option`
 */
export function fileOf({ table, partition, step, part }: Named, which = 1): string {
  if (!/^[A-Za-z][\w-]*$/.test(table))
    throw new BlindspotError(
      'bad-option',
      `table "${table}": expected a letter, then letters, digits, _ and - only`,
    )
  if (step === '') throw new BlindspotError('bad-option', 'step: expected an identity, got an empty text')
  const folders = Object.entries(partition).map(([key, value]) => partitionFolder(key, value))
  const stem = `part-${percentEncoded('step', step)}-${String(part).padStart(5, '0')}`
  const name = `${stem}${which === 1 ? '' : `.${which}`}.parquet`
  return [table, ...folders, short(`step ${step}`, name)].join('/')
}

/** What a file's name says that it is: the name of the first for the same table, partition, step and part. */
export const firstOf = (file: string): string => file.replace(LATER, '$1$2')

function partitionFolder(key: string, value: string): string {
  if (!/^[a-z]\w*$/.test(key) || value === '')
    throw new BlindspotError(
      'bad-option',
      `partition ${key}=${value}: expected a name of letters, digits and _, and a value`,
    )
  return short(`partition ${key}=${value}`, `${key}=${percentEncoded(`partition ${key}`, value)}`)
}

function short(what: string, name: string): string {
  if (name.length <= LONGEST) return name
  throw new BlindspotError(
    'bad-option',
    `${what}: a folder's name has at most ${LONGEST} characters, where this one, encoded, has ${name.length}; choose a shorter name`,
  )
}

/** A text as Hive readers decode it: everything but letters, digits, `_`, `-` and `.` is encoded. */
function percentEncoded(what: string, text: string): string {
  try {
    return encodeURIComponent(text).replace(
      /[!'()*~]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    )
  } catch {
    throw new BlindspotError('bad-option', `${what}: ${JSON.stringify(text)} is no text: half a character`)
  }
}

/**
 * The path of a data set's file or folder. It need not be there, but where it is it is of the kind that is said, and within
 * the data set, whatever links there are on the way: who was given a data set did not ask for a file of somebody else, a
 * pipe would be waited for and a device never ends.
 *
 * @throws BlindspotError `bad-data`, naming the path
 */
export function placeOf(folder: string, name: string, kind: 'file' | 'folder' = 'file'): string {
  const root = resolve(folder)
  const path = join(root, name)
  let there = path
  let real: string
  try {
    while (there !== root && lstatSync(there, { throwIfNoEntry: false }) === undefined) there = dirname(there)
    if (there === root) return path
    real = realpathSync.native(there)
  } catch (cause) {
    // a link to nothing is as good as none
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return path
    throw unreadable(path, cause)
  }
  if (!real.startsWith(realpathSync.native(root) + sep))
    throw new BlindspotError(
      'bad-data',
      `${there} leads out of the data set, to ${real}; put the files themselves there`,
    )
  if (there !== path) return path
  const found = statSync(real)
  if (kind === 'file' ? found.isFile() : found.isDirectory()) return path
  throw new BlindspotError(
    'bad-data',
    `${path} is no ${kind} but ${fileKind(found)}; remove it, and its command writes it again`,
  )
}

/** Looks at committed files, many after each other. */
export type Look = (name: string) => { readonly path: string; readonly size: number | undefined }

/**
 * Finds the places of many files, as `placeOf` does of one, each folder on the way looked at once; the size is that of a file
 * that is there.
 */
export function placesOf(folder: string): Look {
  const root = resolve(folder)
  /** Whether a folder is one, and so is each above it up to the data set's: then what is in it is within the data set. */
  const plain = new Map([[root, true]])
  const isPlain = (path: string): boolean => {
    const known = plain.get(path)
    if (known !== undefined) return known
    const there = isPlain(dirname(path)) ? found(path) : undefined
    const is = there !== undefined && there !== 'none' && there.isDirectory()
    plain.set(path, is)
    return is
  }
  return (name) => {
    const path = join(root, name)
    const file = isPlain(dirname(path)) ? found(path) : undefined
    if (file === 'none') return { path, size: undefined }
    if (file?.isFile()) return { path, size: file.size }
    const there = placeOf(root, name)
    return { path: there, size: statSync(there, { throwIfNoEntry: false })?.size }
  }
}

/** What is at a path itself; undefined where that cannot be told. */
function found(path: string): Stats | 'none' | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? 'none'
  } catch {
    return undefined
  }
}
