import { STATUSES, type AdversarialBatch } from '../../operators/records/adversarial.js'
import type { LakeFile } from '../../sinks/lake/lake.js'
import { notedCount } from './notedCount.js'

/** How far an attack has come: images read, and images attacked among them. */
export interface AttackedImages {
  readonly images: number
  readonly attacked: number
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
export function reachedBy(files: readonly LakeFile[]): AttackedImages {
  const most = (name: keyof AttackedImages) =>
    files.reduce((furthest, file) => Math.max(furthest, notedCount(file, name)), 0)
  return { images: most('images'), attacked: most('attacked') }
}
