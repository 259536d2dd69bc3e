import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTemporaryName, temporaryName } from '../../operators/lock/owner.js'

const NAME = 'blindspot-unsent'
let made: string | undefined

/** Folder of this process, its user's alone, for files that are not sent to a store yet; what dead ones have left goes. */
export function unsent(): string {
  if (made !== undefined) return made
  for (const entry of readdirSync(tmpdir())) {
    const found = readTemporaryName(entry)
    if (found?.name === NAME && found.fate === 'gone') removeQuietly(join(tmpdir(), entry))
  }
  const folder = join(tmpdir(), temporaryName(NAME))
  mkdirSync(folder, { mode: 0o700 })
  process.on('exit', () => removeQuietly(folder))
  return (made = folder)
}

/** Another user's cannot be removed. */
function removeQuietly(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // it goes with the system's own tidying
  }
}
