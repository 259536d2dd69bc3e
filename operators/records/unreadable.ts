import { integer, text } from './column.js'
import { rowTable } from './rowTable.js'
import type { RowIn } from './schema.js'

export const errors = rowTable({
  row: 'image that could not be read, of all that a step was to read; the step went on without it',
  columns: {
    run: text('Step that was to read it.', { optional: true }),
    dataset: text('Name of the data set the image is from.'),
    split: text('Split of the data set.'),
    index: integer('Position of the image in its split.', { least: 0 }),
    path: text(
      'Where the image is: a file, or an archive and the name in it, or a Parquet file and its row.',
    ),
    reason: text('Why it could not be read.'),
  },
  key: ['run', 'dataset', 'split', 'index'],
})

/** An image that could not be read, and why. */
export interface Unreadable extends RowIn<typeof errors> {}
