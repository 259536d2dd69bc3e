import type { Stats } from 'node:fs'

/** What a path leads to, in words: `a file`, `a folder`, `a pipe`, `a socket`, `a device`. */
export function fileKind(found: Pick<Stats, 'isFile' | 'isDirectory' | 'isFIFO' | 'isSocket'>): string {
  if (found.isFile()) return 'a file'
  if (found.isDirectory()) return 'a folder'
  if (found.isFIFO()) return 'a pipe'
  return found.isSocket() ? 'a socket' : 'a device'
}
