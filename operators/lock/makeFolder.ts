import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Makes a folder and those above it, level by level: Node's own recursive way reports a read-only file system as a
 * missing folder, and never ends where a folder cannot hold others, as in /proc.
 *
 * @param mode of those that it makes, less what the process' umask takes
 */
export function makeFolder(path: string, mode?: number): void {
  if (existsSync(path)) return
  const above = dirname(path)
  if (above !== path) makeFolder(above, mode)
  try {
    mkdirSync(path, mode)
  } catch (error) {
    if (!existsSync(path)) throw error
  }
}

/** The folders of a path that are not there, the innermost first. */
export function missingFolders(path: string): readonly string[] {
  const above = dirname(path)
  return existsSync(path) || above === path ? [] : [path, ...missingFolders(above)]
}

/** Removes folders that are empty, the innermost first, in so far as they are there. */
export function removeFolders(folders: readonly string[]): void {
  for (const folder of folders) if (existsSync(folder)) rmdirSync(folder)
}

/** Removes all that is in a folder, of which all is the caller's. */
export function emptyFolder(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
}
