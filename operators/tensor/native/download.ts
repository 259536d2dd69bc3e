import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError } from './fallback.js'
import { downloadByHttps } from './https.js'
import { downloadByPip } from './pip.js'
import type { Task } from './task.js'
import { verify } from './unpack.js'
import type { Wheel } from './wheels.js'
import { makeFolder } from '../../lock/makeFolder.js'

export interface WheelSources {
  /** Whether pip is tried. */
  readonly pip: boolean
  /** Address of the index, for where pip is not tried, or fails. */
  readonly index: string
}

/**
 * Brings the wheel into `folder` and returns its path: what an earlier run has left there, else by pip, else from
 * the `index` itself. Its hash is checked whatever the way; a file with another one is deleted.
 */
export async function download(
  wheel: Wheel,
  folder: string,
  { pip, index }: WheelSources,
  task: Task,
): Promise<string> {
  const path = join(folder, wheel.file)
  makeFolder(folder, 0o755)
  const failures: string[] = []
  const succeeds = async (way: () => Promise<string | undefined>): Promise<boolean> => {
    try {
      const failure = await way()
      if (failure === undefined) {
        await verify(path, wheel, task)
        return true
      }
      failures.push(failure)
    } catch (error) {
      if (isFinal(error)) throw error
      rmSync(path, { force: true })
      failures.push((error as Error).message)
    }
    task.log(`download: ${failures.at(-1) ?? ''}`)
    return false
  }
  const byHttps = (): Promise<undefined> => downloadByHttps(wheel, folder, index, task).then(() => undefined)

  if (existsSync(path) && (await succeeds(() => Promise.resolve(undefined)))) return path
  if (pip && (await succeeds(() => downloadByPip(wheel, folder, task)))) return path
  // Again only where there is something to resume, or where what was resumed turned out to be spoilt.
  const part = `${path}.part`
  for (let attempt = 0; attempt < 3; attempt++) {
    const resumes = existsSync(part)
    if (await succeeds(byHttps)) return path
    if (!resumes && !existsSync(part)) break
  }
  throw SetupError.network([...new Set(failures)].join('; '))
}

/**
 * Whether an error ends the download: an abort, or what concerns this machine's disk and another way would meet as
 * well.
 */
function isFinal(error: unknown): boolean {
  const { name, code } = error as NodeJS.ErrnoException
  return name === 'AbortError' || ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS'].includes(code ?? '')
}
