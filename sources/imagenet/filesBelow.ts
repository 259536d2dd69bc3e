import { warnOnce } from '../../operators/errors.js'
import { disk } from '../store.js'
import { contentsOf } from './contents.js'
import type { Files } from './listing.js'
import { mayBePhotograph } from './unread.js'

/** Folders within each other at most. */
const DEEPEST = 8

/** What is in a folder, or one below it. */
interface Below extends Omit<Files, 'label'> {
  /** Files that are not read and may be photographs, or have some; paths from the root. */
  readonly unread: readonly string[]
}

/** Photographs of a folder and of those below it, folder by folder; `folder` is the path from the root. */
export async function* filesBelow(
  root: string,
  folder: string,
  depth = 0,
  seen: ReadonlySet<string | undefined> = new Set(),
): AsyncGenerator<Below> {
  const { photographs, folders, archives, parquet, others } = await contentsOf(`${root}/${folder}`)
  const unread = [...archives, ...parquet, ...others.filter(mayBePhotograph)]
  yield { folder, names: photographs, unread: unread.map((name) => `${folder}/${name}`) }
  if (folders.length === 0) return
  if (depth === DEEPEST) {
    warnOnce(`${root}/${folder}: the folders in it are too deep, and not read`)
    return
  }
  // a link to a folder above would go round
  const above = new Set([...seen, await disk.real(`${root}/${folder}`)])
  for (const below of folders) {
    const path = `${folder}/${below}`
    if (!above.has(await disk.real(`${root}/${path}`))) yield* filesBelow(root, path, depth + 1, above)
  }
}

/** Those of some folders that have photographs, or what may be some, also below. */
export async function withPhotographs(root: string, folders: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const folder of folders)
    for await (const { names, unread } of filesBelow(root, folder))
      if (names.length + unread.length > 0) {
        found.push(folder)
        break
      }
  return found
}
