import { warnOnce } from '../../operators/errors.js'
import { disk, type Entry } from '../store.js'
import { isArchive, isAside, isOfKit, isPhotograph, someOf } from './names.js'

/** What a folder has directly in it, links followed, hidden files left out; names are sorted. */
export interface Contents {
  readonly folders: readonly string[]
  readonly photographs: readonly string[]
  readonly archives: readonly string[]
  readonly parquet: readonly string[]
  readonly others: readonly string[]
}

/** Looks into a folder; one that is not there has nothing in it. */
export async function contentsOf(folder: string): Promise<Contents> {
  const found: Record<keyof Contents, string[]> = {
    folders: [],
    photographs: [],
    archives: [],
    parquet: [],
    others: [],
  }
  const nameless: string[] = []
  for (const entry of (await disk.list(folder)) ?? []) {
    if (isAside(entry.name)) continue
    const kind = await kindOf(folder, entry)
    if (kind === 'folder' && !(await hasItsName(folder, entry.name))) {
      nameless.push(entry.name)
      continue
    }
    found[kind === 'folder' ? 'folders' : groupOf(entry.name)].push(entry.name)
  }
  if (nameless.length > 0)
    warnOnce(
      `${folder}: folders whose names are not UTF-8 are not read (${nameless.length}): ${someOf(nameless)}; rename them`,
    )
  return found
}

/** Whether there is something at a name as it was read, where bytes that are not UTF-8 are replaced. */
const hasItsName = async (folder: string, name: string): Promise<boolean> =>
  !name.includes('\ufffd') || (await disk.stat(`${folder}/${name}`)) !== undefined

async function kindOf(folder: string, { name, kind }: Entry): Promise<string> {
  return kind === 'link' ? ((await disk.stat(`${folder}/${name}`))?.kind ?? 'nothing') : kind
}

function groupOf(name: string): keyof Contents {
  if (isPhotograph(name)) return 'photographs'
  if (isArchive(name) && !isOfKit(name)) return 'archives'
  return /\.parquet$/i.test(name) ? 'parquet' : 'others'
}
