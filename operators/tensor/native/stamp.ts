import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const stampName = 'blindspot.json'

/**
 * Says that a folder is complete: written last, it names what the folder was made for (`key`) and its files with
 * their sizes, so that a missing or truncated file is found by a few `stat` calls, a millisecond at each start.
 */
interface Stamp {
  readonly key: Key
  /** Bytes by path, relative to the folder; links are followed. */
  readonly sizes: Readonly<Record<string, number>>
}

/** Versions and platform. */
export type Key = Readonly<Record<string, string>>

export type Condition =
  | { readonly kind: 'complete' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'damaged'; readonly reason: string }

/** Stamps `folder` with the present sizes of `files`. */
export function writeStamp(folder: string, key: Key, files: readonly string[]): void {
  const sizes = Object.fromEntries(files.map((file) => [file, statSync(join(folder, file)).size]))
  const temporary = join(folder, `${stampName}.${process.pid}`)
  writeFileSync(temporary, `${JSON.stringify({ key, sizes } satisfies Stamp, undefined, 1)}\n`, {
    flush: true,
  })
  renameSync(temporary, join(folder, stampName))
}

/** Whether `folder` is as it was stamped, and stamped for `key`. */
export function conditionOf(folder: string, key: Key): Condition {
  const stamp = readStamp(folder)
  if (stamp === undefined) return { kind: 'absent' }
  const other = Object.entries(key).find(([name, value]) => stamp.key[name] !== value)
  if (other !== undefined) {
    const [name, value] = other
    return {
      kind: 'damaged',
      reason: `${folder}: set up for ${name} ${stamp.key[name] ?? '?'}, not for ${value}`,
    }
  }
  for (const [file, size] of Object.entries(stamp.sizes)) {
    const path = join(folder, file)
    const found = statSync(path, { throwIfNoEntry: false })?.size
    if (found !== size) {
      return { kind: 'damaged', reason: `${path}: expected ${size} bytes, found ${found ?? 'no file'}` }
    }
  }
  return { kind: 'complete' }
}

function readStamp(folder: string): Stamp | undefined {
  try {
    const { key, sizes } = JSON.parse(readFileSync(join(folder, stampName), 'utf8')) as Partial<Stamp>
    return key === undefined || sizes === undefined ? undefined : { key, sizes }
  } catch {
    return undefined
  }
}
