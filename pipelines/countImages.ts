import { STATUSES, type AdversarialBatch } from '../operators/records/adversarial.js'

const SKIPPED = STATUSES.indexOf('skipped')

/** Images of the batch, whatever became of them, and those that were attacked. Rows of an image are together. */
export function countImages({ index, status }: AdversarialBatch): { images: number; attacked: number } {
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
