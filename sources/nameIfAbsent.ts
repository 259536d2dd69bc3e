import { closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import { NO_LINKS } from '../operators/lock/noLinks.js'

/** Gives a complete file another name where nothing has that: other than a rename, a link takes no name from another file. */
export function nameIfAbsent(temporary: string, path: string): boolean {
  try {
    linkSync(temporary, path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    // over a network the answer to a link that was made can be lost
    if (code === 'EEXIST') return lstatSync(path, { throwIfNoEntry: false })?.ino === statSync(temporary).ino
    if (!NO_LINKS.includes(code)) throw error
    if (!nameWithoutLinks(temporary, path)) return false
  }
  syncFolder(dirname(path))
  return true
}

/** The name is taken by an empty file first, which is there alone for a moment. */
function nameWithoutLinks(temporary: string, path: string): boolean {
  try {
    closeSync(openSync(path, 'wx'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  try {
    renameSync(temporary, path)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
  return true
}

/** A rename is on the disk only when its folder is; where it does not get there, the file has its name all the same. */
export function syncFolder(folder: string): void {
  // Windows cannot open a folder, and does not need to
  if (process.platform === 'win32') return
  try {
    const descriptor = openSync(folder, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch (cause) {
    throw new BlindspotError(
      'io',
      `${folder} cannot be brought to the disk: ${(cause as Error).message}; what was written there last may not outlive a crash`,
      { cause },
    )
  }
}
