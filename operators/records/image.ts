import { batchTable } from './batchTable.js'
import { boxNote } from './boxNote.js'
import { list, text } from './column.js'
import { FIELD_IDS } from './fieldIds.js'
import type { Note } from './note.js'
import { path, sample } from './sample.js'
import type { RecordOf } from './schema.js'
import type { Unreadable } from './unreadable.js'

export { sampleKey } from './sample.js'

/** Height, width and channels of one image. */
export type ImageShape = readonly [height: number, width: number, channels: number]

/** Shape of a batch's images; a file that others rewrote may lack it: then one row of pixels. */
const shape: Note<ImageShape> = {
  sentence: 'Height, width and channels of the images, as `[28,28,1]`.',
  none: [1, 0, 1],
  write: (value) => JSON.stringify(value),
  read(text, length) {
    const flat: ImageShape = [1, length, 1]
    if (text === undefined) return flat
    const [height, width, channels] = text.match(/\d+/g)?.map(Number) ?? []
    const matches = height * width * channels === length
    return matches || Number.isNaN(length) ? [height, width, channels] : flat
  },
}

/** What a batch of images has beside its columns. */
export const imageNotes = { shape, box: boxNote }

export const images = batchTable({
  ids: FIELD_IDS.images,
  row: 'image that the figures of a ranking show',
  columns: {
    run: text('Step that kept it in the data set.', { constant: true, optional: true }),
    ...sample,
    path,
    pixels: list('The image, height × width × channels, in the box.'),
  },
  key: ['run', 'dataset', 'split', 'index'],
  notes: imageNotes,
})

/** Images with their labels; those of a source have no `run`. `pixels` is [n × height × width × channels], batch-major. */
export interface ImageBatch extends RecordOf<typeof images> {
  /**
   * Images that stood between those of the batch in their source, and could not be read. Operators that give images pass them
   * on; those that give rows of another kind do not: whoever needs them looks before.
   */
  readonly unreadable?: readonly Unreadable[] | undefined
}

/** Rows of a batch of images, in the order in which they are named; the arrays are copies. */
export function pickRows(batch: ImageBatch, rows: readonly number[]): ImageBatch {
  const { index, label, path, pixels } = batch
  const size = pixels.length / index.length
  const picked = new Float32Array(rows.length * size)
  rows.forEach((row, i) => picked.set(pixels.subarray(row * size, (row + 1) * size), i * size))
  return {
    ...batch,
    index: Int32Array.from(rows, (row) => index[row]),
    label: Int32Array.from(rows, (row) => label[row]),
    ...(path && { path: rows.map((row) => path[row]) }),
    pixels: picked,
  }
}
