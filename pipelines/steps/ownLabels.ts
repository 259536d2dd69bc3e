import { identity as unchanged, type MonoTypeOperatorFunction } from 'rxjs'
import type { Classifier } from '../../operators/classifier.js'
import { BlindspotError, warnOnce } from '../../operators/errors.js'
import { predictedLabels } from '../../operators/predictedLabels.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { notedClasses } from '../../sources/classNames.js'
import { CLASSES, SUPERCLASS_OF } from '../../sources/imagenet/classes.js'
import type { Opened } from './images.js'

/** What is known of the labels of images. */
type Labelled = Pick<Opened, 'noted' | 'ownClasses'>

/**
 * Whether the labels of images are the classes of a model. Those of folders that the source has numbered itself are where
 * they are as many: a folder of holiday photographs has none of the thousand of ImageNet.
 */
export const areOf = ({ ownClasses }: Labelled, { classes }: Pick<Classifier, 'classes'>): boolean =>
  ownClasses === undefined || ownClasses.length === classes

/** Gives images the classes that a model takes them for as labels, where they have none that it knows. */
export function labelledBy(images: Labelled, model: Classifier): MonoTypeOperatorFunction<ImageBatch> {
  if (areOf(images, model)) return unchanged
  warnOnce(`${differing(images, model)}: what it takes an image for stands for the label`)
  return predictedLabels(model)
}

/** What is noted of images that a model may have labelled: that it has, and the names of its classes, in so far as they are known. */
export function notedWith(images: Labelled, model: Classifier): Opened['noted'] {
  if (areOf(images, model)) return images.noted
  const { source, dataset, split } = images.noted
  const names = model.classes === CLASSES.length ? CLASSES.map(({ name }) => name) : undefined
  return { source, dataset, split, labels: 'predicted', ...(names && { classes: notedClasses(names) }) }
}

/** Of each label of the images, which a model may have given them, its superclass, where that is known. */
export function superclassesWith(
  images: Labelled & Pick<Opened, 'superclasses'>,
  model: Classifier,
): Int32Array | undefined {
  if (areOf(images, model)) return images.superclasses
  return model.classes === CLASSES.length ? SUPERCLASS_OF : undefined
}

/**
 * Checks that there are errors to count: that the labels of images are the classes of a model.
 *
 * @throws BlindspotError `bad-option`
 */
export function requireLabels(images: Labelled, model: Classifier): void {
  if (areOf(images, model)) return
  throw new BlindspotError(
    'bad-option',
    `${differing(images, model)}, so that there are no errors to count; attack, rank and imagenet take what the model says for the label`,
  )
}

function differing({ noted, ownClasses = [] }: Labelled, { name, classes }: Classifier): string {
  const own = ownClasses.length === 1 ? 'no classes' : `${ownClasses.length} classes of its own`
  return `${noted.source} has ${own}, none of the ${classes} of ${name}`
}
