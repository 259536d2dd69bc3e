import { integer, text } from './column.js'
import { FIELD_IDS } from './fieldIds.js'
import { rowTable } from './rowTable.js'
import type { RowIn } from './schema.js'

export const errors = rowTable({
  ids: FIELD_IDS.errors,
  row: 'image that could not be read, of all that a step was to read and went on without; or step of a sweep that failed',
  columns: {
    run: text('Step that was to read it, or that failed.', { optional: true }),
    dataset: text('Name of the data set the image is from; empty of a step.'),
    split: text('Split of the data set; empty of a step.'),
    index: integer('Position of the image in its split.', { least: 0, null: 'of a step' }),
    path: text(
      'Where the image is: a file, or an archive and the name in it, or a Parquet file and its row; empty of a step.',
    ),
    reason: text('Why it could not be read, or why the step failed.'),
    step: text('Name of the step that failed; empty of an image.', { optional: true }),
    attempt: integer('How often the step had been tried then, from 1.', { least: 1, optional: true }),
    log: text('The last lines that the step’s process wrote to its error output.', { optional: true }),
  },
  key: ['run', 'dataset', 'split', 'index', 'attempt'],
})

/** An image that could not be read, and why; or a step of a sweep that failed, which has no image. */
export interface Unreadable extends RowIn<typeof errors> {}
