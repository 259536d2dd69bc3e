import { lstatSync } from 'node:fs'
import { dirname, sep } from 'node:path'

/** Mode bits of what its owner's group or all can write to. */
const WRITABLE = 0o022
/** Mode bit of a folder in which, as in /tmp, nobody removes or renames what is another's. */
const STICKY = 0o1000

/**
 * Why somebody other than this user and root could put something else in the place of `path`, looked at from the folder
 * `top` down, and what to do; nothing where nobody could. Where users have no numbers, as on Windows, nothing is known.
 */
export function distrust(path: string, top: string): string | undefined {
  const user = process.getuid?.()
  if (user === undefined) return undefined
  if (path.startsWith(top + sep)) {
    const above = distrust(dirname(path), top)
    if (above !== undefined) return above
  }
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  if (stat.uid !== user && stat.uid !== 0)
    return `${path} belongs to user ${stat.uid}, neither to this one (${user}) nor to root; give it away (chown) or set BLINDSPOT_CACHE to a folder of your own`
  const guarded = stat.isDirectory() && (stat.mode & STICKY) !== 0
  if ((stat.mode & WRITABLE) !== 0 && !stat.isSymbolicLink() && !guarded)
    return `${path} can be written to by others than its owner; take that from them: chmod go-w '${path}'`
  return undefined
}
