import { sep } from 'node:path'
import { foldersBelow, inside } from './folder.js'
import { isRemote } from './place.js'
import { disk } from './store.js'

/** Whether a path can be a pattern. */
export const hasPattern = (path: string): boolean => /[*?[{]/.test(path)

/**
 * Files and folders that a pattern finds, as bash with globstar does: `*` and `?` within a name, `[ab]`, `[a-z]`, `[!a]`,
 * `{a,b}`, `{1..3}`, `**` for any folders, a slash at the end for folders alone; a name that begins with a dot only where the
 * pattern has it; a backslash before a character takes it as it is. Other than in bash, a name in the path that exists as it is
 * written stands for itself, `**` goes through links, and parentheses mean nothing.
 */
export async function expandPattern(pattern: string): Promise<readonly string[]> {
  const { default: expandBraces } = await import('brace-expansion')
  const found: string[] = []
  for (const each of expandBraces(sep === '\\' ? pattern.replaceAll('\\', '/') : pattern))
    found.push(...(hasPattern(each) ? await pathsOf(each) : [each]))
  return found
}

async function pathsOf(pattern: string): Promise<readonly string[]> {
  // a bucket is no folder that can be looked into
  const [start, path] = isRemote(pattern)
    ? [bucketOf(pattern), pattern.slice(bucketOf(pattern).length)]
    : [pattern.startsWith('/') ? '/' : '', pattern]
  const names = path.split('/').filter((name) => name !== '' && name !== '.')
  let found: readonly string[] = [start]
  for (const [i, name] of names.entries()) {
    const next: string[] = []
    const isLast = i === names.length - 1
    // at the end it finds all below a folder, as the folder itself does
    if (name === '**' && isLast) continue
    for (const folder of found)
      next.push(...(name === '**' ? await below(folder) : await named(folder, name)))
    found = isLast && !pattern.endsWith('/') ? next : await foldersOf(next)
  }
  return found.map((path) => (path === '' ? '.' : path))
}

const bucketOf = (url: string): string => /^\w+:\/\/[^/]*/.exec(url)?.[0] ?? ''

async function below(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  for await (const each of foldersBelow(folder)) found.push(each.folder)
  return found
}

/** Entries of a folder that have a name. */
async function named(folder: string, name: string): Promise<readonly string[]> {
  const path = inside(folder) + name
  if (name === '..' || (await disk.stat(path))) return [path]
  const expression = expressionOf(name)
  return ((await disk.list(folder)) ?? [])
    .filter((entry) => expression.test(entry.name) && (name.startsWith('.') || !entry.name.startsWith('.')))
    .map((entry) => inside(folder) + entry.name)
}

async function foldersOf(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map((path) => disk.stat(path)))
  return paths.filter((_, i) => found[i]?.kind === 'folder')
}

const CLASSES: Readonly<Record<string, string>> = {
  ...{ alpha: '\\p{L}', digit: '0-9', alnum: '\\p{L}0-9', upper: '\\p{Lu}', lower: '\\p{Ll}', space: '\\s' },
}

/** A name's pattern as a regular expression; one that is none, such as `[z-a]`, finds nothing. */
function expressionOf(name: string): RegExp {
  const parts = /\\(.)|\*+|\?|\[([!^]?)(\]?(?:\[:\w+:\]|[^\]])*)\]|[^\w]/gsu
  const source = name.replace(parts, (part: string, escaped?: string, not?: string, set?: string) => {
    if (escaped !== undefined) return literal(escaped)
    if (part.startsWith('*')) return '.*'
    if (part === '?') return '.'
    return set === undefined ? literal(part) : `[${not ? '^' : ''}${setOf(set)}]`
  })
  try {
    return new RegExp(`^${source}$`, 'su')
  } catch {
    return /(?!)/
  }
}

const setOf = (set: string) =>
  set.replace(/\[:(\w+):\]|[\\[\]^]/g, (part, name?: string) =>
    name === undefined ? `\\${part}` : (CLASSES[name] ?? ''),
  )

const literal = (text: string) => text.replace(/[\\^$.|?*+()[\]{}/]/g, '\\$&')
