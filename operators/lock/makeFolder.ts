import { existsSync, mkdirSync, rmdirSync } from 'node:fs'
import { dirname } from 'node:path'

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

/** Removes folders, the innermost first, as long as they are empty; those that are not there are. */
export function removeEmpty(folders: readonly string[]): void {
  try {
    for (const folder of folders) if (existsSync(folder)) rmdirSync(folder)
  } catch {
    // somebody else has put something there
  }
}
