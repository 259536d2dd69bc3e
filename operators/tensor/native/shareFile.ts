import { linkSync, statSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'

/** Mode bit by which all users may read a file, and go through a folder. */
const READ = 0o004
const THROUGH = 0o001

/**
 * Gives a file another name. What root sets up is for other users as well, as in a container that runs as one of them: where they
 * cannot get to the file, as in root's home, the name is a hard link, which needs no way there; else it is a symbolic one.
 *
 * @returns whether all users can read the file by its new name, as far as the way to it goes
 */
export function shareFile(file: string, name: string): boolean {
  const isOpen = isOpenToAll(file)
  if (!isOpen && process.getuid?.() === 0) {
    try {
      linkSync(file, name)
      return true
    } catch {
      // another file system, or one without hard links
    }
  }
  symlinkSync(file, name)
  return isOpen
}

function isOpenToAll(file: string): boolean {
  if ((statSync(file).mode & READ) === 0) return false
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & THROUGH) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
