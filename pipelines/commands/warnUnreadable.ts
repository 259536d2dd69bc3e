import { printable } from '../../operators/errors.js'
import type { Performed } from '../steps/stepKind.js'
import { many } from '../tables/words.js'

/** Says on stderr how many images steps could not read, and where their rows are; gives their number. */
export function warnUnreadable(folder: string, performed: readonly Performed[]): number {
  const files = performed.flatMap((one) => one.files.filter(({ table }) => table === 'errors'))
  const rows = [...new Map(files.map((file) => [file.path, file.rows])).values()]
  const unreadable = rows.reduce((sum, one) => sum + one, 0)
  if (unreadable > 0) sayUnreadable(unreadable, `the table errors of ${folder} says which, and why`)
  return unreadable
}

/** Says on stderr that images could not be read, and what more there is to know. */
export function sayUnreadable(unreadable: number, more: string): void {
  console.error(
    printable(
      `${many(unreadable, 'image')} could not be read and ${unreadable === 1 ? 'was' : 'were'} left out; ${more}`,
    ),
  )
}
