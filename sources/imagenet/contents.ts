import { disk, type Entry } from '../store.js'
import { isArchive, isAside, isPhotograph } from './names.js'

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
  for (const entry of (await disk.list(folder)) ?? []) {
    if (isAside(entry.name)) continue
    const kind = await kindOf(folder, entry)
    found[kind === 'folder' ? 'folders' : groupOf(entry.name)].push(entry.name)
  }
  return found
}

async function kindOf(folder: string, { name, kind }: Entry): Promise<string> {
  return kind === 'link' ? ((await disk.stat(`${folder}/${name}`))?.kind ?? 'nothing') : kind
}

function groupOf(name: string): keyof Contents {
  if (isPhotograph(name)) return 'photographs'
  if (isArchive(name) && !/devkit|bbox|annotation/i.test(name)) return 'archives'
  return /\.parquet$/i.test(name) ? 'parquet' : 'others'
}
