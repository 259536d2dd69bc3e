import { BlindspotError, warn } from '../operators/errors.js'
import { requireTextsIn } from '../operators/options/requireKinds.js'
import { inside, walk, type LeftOut } from './folder.js'
import { expandPattern, hasPattern } from './pattern.js'
import { disk } from './store.js'

/**
 * The files that some paths name, sorted within each: a path that exists is that file, or all files with the ending below that
 * folder; another is a pattern as a shell has it (see `expandPattern`), and of the folders that it finds all below. Of what a
 * pattern finds, files with other endings are read only where it finds none with this one.
 *
 * What is left out of a folder is named by a warning of the process: files with other endings, names that begin with `.` or
 * `_`, which by convention are no data, links that lead nowhere or to a folder that is read already.
 *
 * Errors: `bad-option` where nothing is found, `io` where a folder cannot be read.
 */
export async function files(paths: string | readonly string[], ending: string): Promise<string[]> {
  if (typeof paths !== 'string') requireTextsIn('paths', paths, 'paths')
  const found: string[] = []
  for (const path of typeof paths === 'string' ? [paths] : paths) found.push(...(await expand(path, ending)))
  return found
}

async function expand(path: string, ending: string): Promise<readonly string[]> {
  const there = (await disk.stat(path))?.kind
  // a file that is not there is named by who opens it
  if (there === 'file' || (there === undefined && !hasPattern(path))) return [path]
  const leftOut: LeftOut[] = []
  const found = there === 'folder' ? [path] : await expandPattern(path)
  const single: string[] = []
  const below: string[] = []
  for (const each of found) {
    if ((await disk.stat(each))?.kind === 'folder') below.push(...(await walk(each, ending, leftOut)))
    else single.push(each)
  }
  const [right, other] = [true, false].map((is) => single.filter((each) => each.endsWith(ending) === is))
  const all = [...new Set([...right, ...below])].sort()
  if (all.length === 0 && other.length > 0) return other
  leftOut.push(...other.map((name) => ({ name, why: `no ${ending} file` })))
  if (all.length === 0)
    throw new BlindspotError(
      'bad-option',
      `${path}: there is no ${ending} file${told('; there is ', path, leftOut)}`,
    )
  if (leftOut.length > 0) warn(`${path}: not read${told(': ', path, leftOut)}`)
  return all
}

/** Files that a warning names at most. */
const NAMED = 8

function told(before: string, path: string, leftOut: readonly LeftOut[]): string {
  if (leftOut.length === 0) return ''
  const root = inside(path)
  const short = (name: string) => (name.startsWith(root) ? name.slice(root.length) : name)
  const names = leftOut.slice(0, NAMED).map(({ name, why }) => `${short(name)} (${why})`)
  const more = leftOut.length - names.length
  return `${before}${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
