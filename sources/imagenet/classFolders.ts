import { warnOnce } from '../../operators/errors.js'
import { classIndexOf, CLASSES } from './classes.js'
import { filesBelow } from './filesBelow.js'
import type { Labelling, Listed, ReadAs } from './layout.js'
import { listingOf, type Files } from './listing.js'
import { isWnid, someOf } from './names.js'
import { readWhole } from './readWhole.js'
import { mayBePhotograph, Unread } from './unread.js'

/** ILSVRC2012's training images. */
const ALL_TRAINING = 1_281_167
/** ILSVRC2012's validation images. */
export const ALL_VALIDATION = 50_000

/** The number of a validation image in its name; undefined for other names. */
export function validationNumber(path: string): number | undefined {
  const match = /(?:^|\/)ILSVRC2012_val_(\d{8})\.[^/]*$/i.exec(path)
  return match ? Number(match[1]) : undefined
}

/**
 * Photographs in a folder for each class, also in folders below those, in the order of folders and names.
 *
 * Where every folder is named by a wnid of the thousand, a class is the wnid's place in their sorted list. Others are numbered by
 * their own sorted names, which a warning says once.
 *
 * @param others files beside the folders
 * @param as `folder`: always by their own names, without a warning
 */
export async function classFolders(
  root: string,
  split: string,
  folders: readonly string[],
  others: readonly string[],
  as: ReadAs = 'imagenet',
): Promise<Listed> {
  const labelling: Labelling = as === 'folder' ? { kind: 'own', names: folders } : labellingOf(root, folders)
  const labelOf = (folder: string, place: number) =>
    labelling.kind === 'imagenet' ? (classIndexOf(folder) ?? -1) : place
  const empty: string[] = []
  const unread = new Unread()
  unread.add(others.filter(mayBePhotograph))
  async function* files(): AsyncGenerator<Files> {
    for (const [place, folder] of folders.entries()) {
      const label = labelOf(folder, place)
      let count = 0
      for await (const each of filesBelow(root, folder)) {
        count += each.names.length
        unread.add(each.unread)
        yield { ...each, label: () => label }
      }
      if (count === 0) empty.push(folder)
    }
    if (empty.length > 0 && empty.length < folders.length)
      warnOnce(
        `${root}: of its ${folders.length} classes ${empty.length} have no photographs: ${someOf(empty)}`,
      )
  }
  const listing = await listingOf(root, files())
  if (listing.count > 0) unread.warn(root)
  const place = { split, labelling, hash: listing.hash, kind: 'listed' } as const
  const order = isAllValidation(listing) ? byNumber(listing) : undefined
  const at = (index: number) => (order ? order[index] : index)
  return {
    ...place,
    complete: labelling.kind === 'imagenet' && (order !== undefined || isAllTraining(listing)),
    labels: order ? order.map((index) => listing.labels[index]) : listing.labels,
    path: (index) => listing.path(at(index)),
    read: (index) => readWhole(`${root}/${listing.path(at(index))}`),
  }
}

function labellingOf(root: string, folders: readonly string[]): Labelling {
  if (folders.every((folder) => classIndexOf(folder) !== undefined)) return { kind: 'imagenet' }
  const why = folders.every(isWnid)
    ? `${folders.find((folder) => classIndexOf(folder) === undefined)} is none of ImageNet's ${CLASSES.length} classes`
    : 'its folders are not named by wnids'
  const named = folders.map((folder, place) => `${place} ${folder}`)
  warnOnce(`${root}: ${why}; classes are numbered by the sorted names of the folders: ${someOf(named, 5)}`)
  return { kind: 'own', names: folders }
}

interface Paths {
  readonly count: number
  readonly path: (index: number) => string
}

function isAllValidation({ count, path }: Paths): boolean {
  if (count !== ALL_VALIDATION) return false
  const seen = new Uint8Array(count)
  for (let index = 0; index < count; index++) seen[(validationNumber(path(index)) ?? 0) - 1] = 1
  return seen.every((is) => is === 1)
}

/** Folders or none, the validation images are in one order, so that a position is one image. */
function byNumber({ count, path }: Paths): Int32Array {
  const order = new Int32Array(count)
  for (let index = 0; index < count; index++) order[(validationNumber(path(index)) ?? 1) - 1] = index
  return order
}

function isAllTraining({ count, path }: Paths): boolean {
  if (count !== ALL_TRAINING) return false
  for (let index = 0; index < count; index++) if (!/^(n\d{8})\/\1_\d+\.[^/]*$/.test(path(index))) return false
  return true
}
