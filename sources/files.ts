import { constants } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { BlindspotError } from '../operators/errors.js'

/**
 * The files that some paths name, sorted within each: a path that exists is that file, or all files with the
 * ending below that folder; another may be a pattern with `*`, `**` and `?`. Names that begin with `.` or `_`
 * are passed over. An `io` error where nothing is found.
 */
export async function files(paths: string | readonly string[], ending: string): Promise<string[]> {
  const found = await Promise.all(
    (typeof paths === 'string' ? [paths] : paths).map((path) => expand(path, ending)),
  )
  return found.flat()
}

async function expand(path: string, ending: string): Promise<string[]> {
  const entry = await stat(path).catch(() => undefined)
  if (entry?.isDirectory()) return nonEmpty(path, await below(path, ending), ending)
  if (entry !== undefined || !/[*?]/.test(path)) return [path]
  const parts = path.split(/[\\/]/)
  const root = parts
    .slice(
      0,
      parts.findIndex((part) => /[*?]/.test(part)),
    )
    .join(sep)
  const pattern = patternOf(path)
  const all = await below(root === '' && !path.startsWith('/') ? '.' : root || sep, '').catch(() => [])
  return nonEmpty(
    path,
    all.filter((file) => pattern.test(file.split(sep).join('/'))),
    ending,
  )
}

async function below(folder: string, ending: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (/^[._]/.test(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) found.push(...(await below(path, ending)))
    else if (entry.name.endsWith(ending)) found.push(path)
  }
  return found.sort()
}

function patternOf(path: string): RegExp {
  const parts = path.replaceAll('\\', '/').replace(/^\.\//, '')
  const source = parts.replace(/\*\*\/|\*\*|\*|\?|[^*?]/g, (part) => {
    if (part === '**/') return '(?:.*/)?'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    return part.replace(/[\\^$.|+()[\]{}]/, '\\$&')
  })
  return new RegExp(`^${source}$`)
}

function nonEmpty(path: string, found: string[], ending: string): string[] {
  if (found.length === 0) throw new BlindspotError('io', `${path}: there is no ${ending} file`)
  return found
}

/** Opens a file, or an `io` error that names it. */
export const openToRead = (path: string): Promise<FileHandle> => reading(path, openFile(path))

/** Opens a regular file: a pipe would be waited for, a device never ends. */
export async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK || 0))
  const found = await file.stat()
  if (found.isFile()) return file
  await file.close()
  throw new Error(
    `that is a ${found.isDirectory() ? 'directory' : 'device, a pipe or the like'}, expected a file`,
  )
}

async function reading<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new BlindspotError('io', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
}
