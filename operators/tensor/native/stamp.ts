import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type BigIntStats,
} from 'node:fs'
import { join } from 'node:path'
import { distrust } from './trust.js'

export const stampName = 'blindspot.json'

/**
 * Says that a folder is complete: written last, it names what the folder was made for (`key`) and its files with sizes and
 * hashes. To hash TensorFlow takes a second, so that is done once: as long as a file is the same entry of the same file
 * system and neither it nor its times were changed since, which takes a `stat`, it has the bytes that were hashed. (The time
 * of the last change of an entry is the kernel's; only root can set it back.) Otherwise it is hashed again.
 */
interface Stamp {
  readonly key: Key
  /** Bytes by path, relative to the folder; links are followed. */
  readonly sizes: Readonly<Partial<Record<string, number>>>
  readonly files: Readonly<Partial<Record<string, Known>>>
}

interface Known {
  readonly sha256: string
  /** Device, entry and times of the file when it was hashed. */
  readonly seen: string
  /** The file that a link leads to. */
  readonly to?: string
}

/** What a folder was made for: versions and platform. */
export type Key = Readonly<Record<string, string>>

export type Condition =
  /** `note`: what costs time at each start. */
  | { readonly kind: 'complete'; readonly note?: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'damaged'; readonly reason: string }

/** What a folder has to have in order to be complete. */
export interface Expected {
  readonly key: Key
  /** Paths relative to the folder. */
  readonly files: readonly string[]
  /** Hashes that are known beforehand. */
  readonly sha256?: Readonly<Record<string, string>> | undefined
  /** The folder from which down nobody else may be able to write to a file; for the stamp, too, and where links lead. */
  readonly topOf: (path: string) => string
}

/** Stamps `folder` with the present files. */
export function writeStamp(folder: string, key: Key, files: readonly string[]): void {
  const sizes: Record<string, number> = {}
  const known: Record<string, Known> = {}
  for (const file of files) {
    const path = join(folder, file)
    const stat = statSync(path, { bigint: true })
    sizes[file] = Number(stat.size)
    known[file] = {
      sha256: hashOf(path, stat),
      seen: seenOf(stat),
      ...(lstatSync(path).isSymbolicLink() && { to: realpathSync(path) }),
    }
  }
  put(folder, { key, sizes, files: known })
}

function put(folder: string, stamp: Stamp): void {
  // threads of one process may do so at once
  const temporary = join(folder, `${stampName}.${process.pid}-${randomBytes(4).toString('hex')}`)
  try {
    writeFileSync(temporary, `${JSON.stringify(stamp, undefined, 1)}\n`, { flush: true, mode: 0o644 })
    renameSync(temporary, join(folder, stampName))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** Whether `folder` is as it was stamped, and stamped for what is expected. */
export function conditionOf(folder: string, expected: Expected): Condition {
  const { key, files, sha256 = {}, topOf } = expected
  const stamp = readStamp(folder)
  if (stamp === undefined) return { kind: 'absent' }
  const damaged = (reason: string): Condition => ({ kind: 'damaged', reason })
  const foreign = distrust(join(folder, stampName), topOf(join(folder, stampName)))
  if (foreign !== undefined) return damaged(foreign)
  const other = Object.entries(key).find(([name, value]) => stamp.key[name] !== value)
  if (other !== undefined) {
    const [name, value] = other
    return damaged(`${folder}: set up for ${name} ${stamp.key[name] ?? '?'}, not for ${value}`)
  }
  const renewed: Record<string, Known> = {}
  for (const file of files) {
    const path = join(folder, file)
    const stat = statOf(path)
    const { to } = stamp.files[file] ?? {}
    if (stat === 'forbidden')
      return damaged(
        `${path}${to === undefined ? '' : ` leads to ${to}, which`} cannot be read by this user; set it up with BLINDSPOT_CACHE in a folder that all can read, such as /opt/blindspot`,
      )
    const size = stamp.sizes[file]
    if (stat === undefined || Number(stat.size) !== size || !stat.isFile())
      return damaged(`${path}: expected ${size ?? 'a stamp of its'} bytes, got ${stat?.size ?? 'no file'}`)
    const known = stamp.files[file]
    if (known === undefined)
      return damaged(`${folder}: set up by an earlier version, which did not note the hash of ${file}`)
    const isLink = lstatSync(path).isSymbolicLink()
    const real = isLink ? realpathSync(path) : path
    if (real !== (known.to ?? path))
      return damaged(`${path} leads to ${real}, not to ${known.to ?? 'itself'}, which was set up`)
    const writable = distrust(path, topOf(path)) ?? distrust(real, topOf(real))
    if (writable !== undefined) return damaged(writable)
    const pinned = sha256[file] ?? known.sha256
    const found = seenOf(stat) === known.seen ? known.sha256 : hashOf(path, stat)
    if (found !== known.sha256 || found !== pinned)
      return damaged(`${path}: expected the SHA-256 ${pinned}, got ${found}`)
    hashes.set(seenOf(stat), found)
    if (seenOf(stat) !== known.seen) renewed[file] = { ...known, seen: seenOf(stat) }
  }
  if (Object.keys(renewed).length === 0) return { kind: 'complete' }
  try {
    put(folder, { ...stamp, files: { ...stamp.files, ...renewed } })
    return { kind: 'complete' }
  } catch {
    const note = `TensorFlow's files are hashed at each start, since ${folder} cannot be written to`
    return { kind: 'complete', note }
  }
}

/** What is at a path, or that this user has no way there. */
function statOf(path: string): BigIntStats | 'forbidden' | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return 'forbidden'
    throw error
  }
}

/** Hashes by what a file was when it was hashed: in one process no file is hashed twice. */
const hashes = new Map<string, string>()

/** SHA-256 of a file, hexadecimal. */
export const fileHash = (path: string): string => hashOf(path, statSync(path, { bigint: true }))

function hashOf(path: string, stat: BigIntStats): string {
  const found = hashes.get(seenOf(stat))
  if (found !== undefined) return found
  const hash = createHash('sha256')
  const descriptor = openSync(path, 'r')
  try {
    const chunk = Buffer.alloc(1 << 20)
    for (let length; (length = readSync(descriptor, chunk)) > 0;) hash.update(chunk.subarray(0, length))
  } finally {
    closeSync(descriptor)
  }
  const sha256 = hash.digest('hex')
  // one that changed meanwhile has no hash to keep
  if (seenOf(statSync(path, { bigint: true })) === seenOf(stat)) hashes.set(seenOf(stat), sha256)
  return sha256
}

function seenOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}

function readStamp(folder: string): Stamp | undefined {
  try {
    const { key, sizes, files } = JSON.parse(readFileSync(join(folder, stampName), 'utf8')) as Partial<Stamp>
    if (![key, sizes, files ?? {}].every((part) => typeof part === 'object')) return undefined
    return key && sizes ? { key, sizes, files: files ?? {} } : undefined
  } catch {
    return undefined
  }
}
