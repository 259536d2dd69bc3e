import { chmodSync, lstatSync, rmSync } from 'node:fs'
import { makeFolder } from '../../lock/makeFolder.js'
import { distrust } from './trust.js'

/** Read by all, written by its owner. */
const MODE = 0o755

/**
 * Makes a folder that nobody else can write to, whatever the umask. One that is there and can be written to by others is
 * taken from them where it is this user's; one that is another's is removed with what is in it.
 *
 * @returns what was wrong with the one that was there
 */
export function makeOwn(folder: string): string | undefined {
  const wrong = distrust(folder, folder)
  if (wrong !== undefined) {
    const stat = lstatSync(folder)
    if (stat.isDirectory() && stat.uid === process.getuid?.()) chmodSync(folder, stat.mode & ~0o022 & 0o7777)
    else rmSync(folder, { recursive: true, force: true })
  }
  makeFolder(folder, MODE)
  return wrong
}
