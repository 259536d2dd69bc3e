import type { RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../errors.js'
import type { Box } from '../minimize/box.js'
import type { Note } from './note.js'

/** Least and largest value of a pixel; [0, 1] where it is left out. */
export const boxNote: Note<Box | undefined> = {
  sentence: 'Least and largest value of a pixel, as `[-1,1]`; `[0,1]` where it is left out.',
  none: undefined,
  write: (value) => value && JSON.stringify(value),
  read(text) {
    if (text === undefined) return undefined
    const [low, high] = text.match(/[^[\],\s]+/g)?.map(Number) ?? []
    if (low < high && high - low < Infinity) return [low, high]
    throw new BlindspotError('bad-data', `metadata box: expected [low, high] with low < high, got ${text}`)
  },
}

/** The box that a file of images notes. */
export const boxOf = (batch: RecordBatch): Box | undefined =>
  boxNote.read(batch.schema.metadata.get('box'), NaN)
