import { dirname, join, resolve } from 'node:path'
import { platform } from './platform.js'
import { conditionOf, type Condition, type Key } from './stamp.js'
import { realpathSync } from 'node:fs'
import type { Wheel } from './wheels.js'

/** The part of the cache that a wheel's contents have. */
export interface Cached {
  /** Path of the cache, without links. */
  readonly root: string
  readonly entry: string
  /** What comes out of the wheel. */
  readonly library: string
  readonly libraryKey: Key
  /** Folder of what is being downloaded. */
  readonly downloads: string
  readonly condition: () => Condition
}

export function cached(folder: string, wheel: Wheel): Cached {
  const root = realPath(folder)
  const entry = join(root, `tensorflow-${wheel.version}-${platform}`)
  const library = join(entry, 'library')
  const libraryKey = { platform, tensorflow: wheel.version, sha256: wheel.sha256 }
  const condition = (): Condition =>
    conditionOf(library, {
      key: libraryKey,
      files: [...wheel.libraries, ...wheel.headers],
      sha256: wheel.members,
      topOf: () => root,
    })
  return { root, entry, library, libraryKey, downloads: join(entry, 'download'), condition }
}

/** The folder of the caches that a library in one of them belongs to: `ROOT/ENTRY/library/MEMBER`. */
export function rootOf(library: string, member: string): string {
  return dirname(dirname(library.slice(0, -member.length - 1)))
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return resolve(folder)
  }
}
