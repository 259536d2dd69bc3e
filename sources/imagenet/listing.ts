import { createHash } from 'node:crypto'
import { disk } from '../store.js'

/** Files below a folder in a fixed order; names take a byte a letter, so that a million of them take 30 MB. */
export interface Listing {
  readonly count: number
  /** [count] class of each. */
  readonly labels: Int32Array
  /** Path from the folder. */
  readonly path: (index: number) => string
  /** 12 digits of the SHA-256 of all paths, sizes and labels. */
  readonly hash: string
}

/** Files of one folder that are of one class. */
export interface Files {
  /** Path from the listing's folder; empty for itself. */
  readonly folder: string
  readonly names: readonly string[]
  /** Class of each file. */
  readonly label: (name: string) => number
}

/** Sizes that are asked for at once. */
const AT_ONCE = 256

/** Lists files in the order in which they come; of each the size is looked up, for the hash. */
export async function listingOf(
  root: string,
  parts: AsyncIterable<Files> | Iterable<Files>,
): Promise<Listing> {
  const hash = createHash('sha256')
  const folders: string[] = []
  /** Position of each folder's first file. */
  const starts: number[] = []
  const texts: Buffer[] = []
  const ends: number[] = []
  const labels: number[] = []
  let at = 0
  for await (const { folder, names, label } of parts) {
    if (names.length === 0) continue
    folders.push(folder)
    starts.push(labels.length)
    const text = Buffer.from(names.join(''))
    texts.push(text)
    for (let from = 0; from < names.length; from += AT_ONCE) {
      const some = names.slice(from, from + AT_ONCE)
      const sizes = await Promise.all(some.map((name) => sizeOf(`${root}/${under(folder, name)}`)))
      some.forEach((name, i) => {
        const own = label(name)
        at += Buffer.byteLength(name)
        ends.push(at)
        labels.push(own)
        hash.update(`${under(folder, name)}\0${sizes[i]}\0${own}\n`)
      })
    }
  }
  const all = Buffer.concat(texts)
  const end = Float64Array.from(ends)
  return {
    count: labels.length,
    labels: Int32Array.from(labels),
    hash: hash.digest('hex').slice(0, 12),
    path: (index) =>
      under(
        folders[placeOf(starts, index)],
        all.toString('utf8', index === 0 ? 0 : end[index - 1], end[index]),
      ),
  }
}

/** Size of a file; -1 for a link that leads nowhere, which is found out when it is read. */
const sizeOf = async (path: string): Promise<number> => (await disk.stat(path))?.size ?? -1

const under = (folder: string, name: string) => (folder === '' ? name : `${folder}/${name}`)

/** The last of ascending numbers that is no more than one, by halves. */
function placeOf(starts: readonly number[], index: number): number {
  let [low, high] = [0, starts.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle] <= index) low = middle
    else high = middle - 1
  }
  return low
}
