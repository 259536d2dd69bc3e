import { basename } from 'node:path'
import { BlindspotError, warnOnce } from '../../operators/errors.js'
import { classIndexOf } from './classes.js'
import { ALL_VALIDATION, validationNumber } from './classFolders.js'
import { groundTruth, type GroundTruth } from './groundTruth.js'
import type { Labelling, Listed } from './layout.js'
import { listingOf } from './listing.js'
import { readWhole } from './readWhole.js'

/**
 * Photographs in one folder: ILSVRC's validation or test images, whose classes a list beside them says; images named after their
 * wnids; or any others, which then are of one class.
 */
export async function flatFolder(root: string, split: string, names: readonly string[]): Promise<Listed> {
  const { labelling, label } = await labelsOf(root, names)
  let place = 0
  const listing = await listingOf(root, [{ folder: '', names, label: (name) => label(name, place++) }])
  const complete =
    labelling.kind === 'imagenet' &&
    names.length === ALL_VALIDATION &&
    names.every((name, index) => validationNumber(name) === index + 1)
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
  const truth = await groundTruth(upwards(root, isValidation ? 5 : 2), names.length)
  if (truth) {
    const unknown = names.find((name, place) => truth.label(name, place) === undefined)
    if (unknown === undefined) return fromTruth(truth)
    if (names.some((name, place) => truth.label(name, place) !== undefined))
      throw new BlindspotError('bad-data', `${truth.path}: it says no class for ${unknown}`)
  }
  if (names.every((name) => wnidIn(name) !== undefined))
    return { labelling: { kind: 'imagenet' }, label: (name) => wnidIn(name) ?? -1 }
  if (isValidation) throw withoutTruth(root)
  warnOnce(
    `${root}: its ${names.length} photographs are in no folders of classes and no list says their classes`,
  )
  return { labelling: { kind: 'own', names: [basename(root)] }, label: () => 0 }
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

/** Validation images without their classes. */
export const withoutTruth = (place: string) =>
  new BlindspotError(
    'bad-data',
    `${place}: validation images need their classes; looked beside and in it for a list of names with wnids or indices ` +
      '(val.txt, LOC_val_solution.csv), a list of a wnid a line, and ILSVRC2012_validation_ground_truth.txt, ' +
      'also in ILSVRC2012_devkit_t12/data, and found none',
  )
