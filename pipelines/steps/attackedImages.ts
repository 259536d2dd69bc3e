import { STATUSES, type AdversarialBatch } from '../../operators/records/adversarial.js'
import type { LakeFile } from '../../sinks/lake/lake.js'
import { notedCount } from './notedCount.js'

/** Images of a batch of rows. */
export interface AttackedImages {
  /** Images, whatever became of them. */
  readonly images: number
  /** Images that were attacked among them. */
  readonly attacked: number
}

/** How far an attack has come, as it notes beside its files. */
export interface Reached {
  /** Positions of the source that are done with. */
  readonly images: number
  /** Images that were attacked. */
  readonly attacked: number
  /** Images after these positions that are done with as well. Default 0. */
  readonly taken?: number
  /** Whether nothing comes after them, of a source whose count nobody knows. Default false. */
  readonly ended?: boolean
}

const SKIPPED = STATUSES.indexOf('skipped')

/** Images of a batch, whatever became of them, and those that were attacked. Rows of an image are together. */
export function countImages({ index, status }: AdversarialBatch): AttackedImages {
  let images = 0
  let attacked = 0
  let counted = false
  for (let row = 0; row < index.length; row++) {
    if (row === 0 || index[row] !== index[row - 1]) {
      images++
      counted = false
    }
    if (!counted && status[row] !== SKIPPED) {
      attacked++
      counted = true
    }
  }
  return { images, attacked }
}

/**
 * How far the committed files have come: as far as the one that is furthest, whatever their order in the manifest.
 */
export function reachedBy(files: readonly LakeFile[]): Reached {
  let [images, taken, attacked] = [0, 0, 0]
  for (const file of files) {
    const own = notedCount(file, 'images')
    const ownTaken = file.metadata['taken'] === undefined ? 0 : notedCount(file, 'taken')
    if (own > images) [images, taken] = [own, ownTaken]
    else if (own === images) taken = Math.max(taken, ownTaken)
    attacked = Math.max(attacked, notedCount(file, 'attacked'))
  }
  return {
    ...{ images, attacked },
    ...(taken > 0 && { taken }),
    ...(files.some(hasEnded) && { ended: true }),
  }
}

/** Whether a file notes that its source has ended with it. */
export const hasEnded = ({ metadata }: Pick<LakeFile, 'metadata'>): boolean => metadata['ended'] === true
