import { textMeets, type WhereCondition, type Where } from './where.js'

/** How Hive calls the folder of rows without a value. */
const NULL = '__HIVE_DEFAULT_PARTITION__'

/** What the folders `KEY=VALUE` on a path say of all rows of a file: the innermost of each key, percent-decoded; null for none. */
export function partitionsOf(path: string): ReadonlyMap<string, string | null> {
  const found = new Map<string, string | null>()
  for (const folder of path.split(/[\\/]/).slice(0, -1)) {
    const at = folder.indexOf('=')
    if (at < 1) continue
    const [key, value] = [folder.slice(0, at), folder.slice(at + 1)].map(decoded)
    found.set(key, value === NULL ? null : value)
  }
  return found
}

/** A text without its escapes; one whose escapes are none is as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Whether the folders that a file is in allow for rows that meet some conditions. */
export function isInPartitions(path: string, where: Where): boolean {
  const partitions = partitionsOf(path)
  return Object.entries(where).every(([name, condition]) => {
    const value = partitions.get(name)
    return value === undefined || textMeets(condition, value)
  })
}

/** The conditions that are left for the rows of a file, beyond what its folders say. */
export function conditionsLeft(path: string, where: Where): readonly (readonly [string, WhereCondition])[] {
  const partitions = partitionsOf(path)
  return Object.entries(where).filter(([name]) => !partitions.has(name))
}
