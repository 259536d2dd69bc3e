import { disk, type Entry } from './store.js'

/** Something below a folder that is not read. */
export interface LeftOut {
  readonly name: string
  readonly why: string
}

/** A folder's path with the slash before its entries; the present folder's is empty. */
export const inside = (folder: string): string =>
  folder === '' || folder.endsWith('/') ? folder : `${folder}/`

/**
 * Folders below one and it itself, through links too, each once.
 *
 * @param leftOut is told of those that a link leads to again
 */
export async function* foldersBelow(
  folder: string,
  leftOut: LeftOut[] = [],
  seen = new Set<string | undefined>(),
): AsyncGenerator<{ readonly folder: string; readonly entries: readonly Entry[] }, void, undefined> {
  const entries = (await disk.list(folder)) ?? []
  seen.add(await disk.real(folder))
  yield { folder, entries }
  for (const entry of entries) {
    const path = inside(folder) + entry.name
    if (isAside(entry.name) || (await disk.stat(path))?.kind !== 'folder') continue
    if (await isTableFormat(path, entry.name)) continue
    if (seen.has(await disk.real(path))) leftOut.push({ name: path, why: 'a folder that is read already' })
    else yield* foldersBelow(path, leftOut, seen)
  }
}

/** Files with an ending below a folder. What else there is is added to `leftOut`. */
export async function walk(folder: string, ending: string, leftOut: LeftOut[]): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { folder: place, entries } of foldersBelow(folder, leftOut)) {
    for (const { name } of entries) {
      const path = inside(place) + name
      if (await isTableFormat(path, name)) continue
      const kind = isAside(name) ? 'aside' : (await disk.stat(path))?.kind
      if (kind === 'folder') continue
      if (kind === 'file' && name.endsWith(ending)) found.push(path)
      else leftOut.push({ name: path, why: reason(name, kind, ending) })
    }
  }
  return found
}

/** Names that by convention are no data: hidden, or `_SUCCESS`, `_temporary`, `_delta_log`. */
const isAside = (name: string) => /^[._]/.test(name)

/** Whether a folder holds what a table format says of the files beside it: Delta's log, or Iceberg's metadata. */
const isTableFormat = async (path: string, name: string): Promise<boolean> =>
  name === '_delta_log' ||
  (name === 'metadata' && (await disk.stat(`${path}/version-hint.text`))?.kind === 'file')

function reason(name: string, kind: string | undefined, ending: string): string {
  if (kind === 'aside') return name.startsWith('.') ? 'hidden' : 'begins with _'
  if (kind === undefined) return 'a link that leads nowhere'
  return kind === 'file' ? `no ${ending} file` : 'no file, but a device, a pipe or a socket'
}
