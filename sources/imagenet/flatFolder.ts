import { basename } from 'node:path'
import { BlindspotError, warnOnce } from '../../operators/errors.js'
import { classIndexOf } from './classes.js'
import { ALL_VALIDATION, validationNumber } from './classFolders.js'
import type { Contents } from './contents.js'
import { filesBelow } from './filesBelow.js'
import { groundTruth, withoutTruth, type GroundTruth } from './groundTruth.js'
import type { Labelling, Listed } from './layout.js'
import { listingOf, type Files } from './listing.js'
import { someOf } from './names.js'
import { readWhole } from './readWhole.js'
import { mayBePhotograph, Unread } from './unread.js'

/**
 * Photographs in one folder: ILSVRC's validation or test images, whose classes a list beside them says; images named after their
 * wnids; or any others, which then are of one class, together with those in folders below.
 */
export async function flatFolder(
  root: string,
  split: string,
  { photographs: names, folders, others }: Pick<Contents, 'photographs' | 'folders' | 'others'>,
): Promise<Listed> {
  const { labelling, label } = await labelsOf(root, names)
  const unread = new Unread()
  unread.add(others.filter(mayBePhotograph))
  let place = 0
  async function* files(): AsyncGenerator<Files> {
    yield { folder: '', names, label: (name) => label(name, place++) }
    if (labelling.kind === 'own')
      for (const folder of folders)
        for await (const each of filesBelow(root, folder)) {
          unread.add(each.unread)
          yield { ...each, label: () => 0 }
        }
  }
  const listing = await listingOf(root, files())
  unread.warn(root)
  const complete =
    labelling.kind === 'imagenet' &&
    names.length === ALL_VALIDATION &&
    names.every((name, index) => validationNumber(name) === index + 1)
  if (labelling.kind === 'own') warnOfCollection(root, names.length, listing.count)
  return {
    kind: 'listed',
    split,
    hash: listing.hash,
    labelling,
    complete,
    labels: listing.labels,
    path: listing.path,
    read: (index) => readWhole(`${root}/${listing.path(index)}`),
  }
}

interface Labels {
  readonly labelling: Labelling
  readonly label: (name: string, place: number) => number
}

async function labelsOf(root: string, names: readonly string[]): Promise<Labels> {
  const isValidation = names.some((name) => validationNumber(name) !== undefined)
  const { truth, none } = await groundTruth(upwards(root, isValidation ? 5 : 2), names.length, isValidation)
  const others = [...none]
  if (truth) {
    const unknown = names.find((name, place) => truth.label(name, place) === undefined)
    if (unknown === undefined) return fromTruth(truth)
    const lacking = `${truth.path}: it says no class for ${unknown}`
    if (names.some((name, place) => truth.label(name, place) !== undefined))
      throw new BlindspotError('bad-data', lacking)
    others.unshift(lacking)
  }
  if (names.every((name) => wnidIn(name) !== undefined))
    return { labelling: { kind: 'imagenet' }, label: (name) => wnidIn(name) ?? -1 }
  if (isValidation) throw withoutTruth(root, others)
  if (others.length > 0) warnOnce(`no classes of photographs: ${someOf(others)}`)
  return { labelling: { kind: 'own', names: [basename(root)] }, label: () => 0 }
}

function warnOfCollection(root: string, own: number, all: number): void {
  const why = 'are in no folders of classes and no list says their classes'
  warnOnce(
    all === own
      ? `${root}: its photographs (${own}) ${why}: all are of class 0`
      : `${root}: ${own} of its ${all} photographs ${why}, so that all are one collection, of class 0`,
  )
}

/** A folder and some above it: Kaggle's list of the validation images is four folders up from them. */
const upwards = (folder: string, count: number) =>
  Array.from({ length: count }, (_, above) => folder + '/..'.repeat(above))

const fromTruth = (truth: GroundTruth): Labels => ({
  labelling: { kind: 'imagenet' },
  label: (name, place) => truth.label(name, place) ?? -1,
})

/** Class of a name such as n01440764_tench.JPEG. */
const wnidIn = (name: string) => classIndexOf(name.slice(0, name.indexOf('_')))
