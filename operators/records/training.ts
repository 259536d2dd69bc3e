import { integer, number, text } from './column.js'
import { FIELD_IDS } from './fieldIds.js'
import { rowTable } from './rowTable.js'
import type { RowIn } from './schema.js'

export const training = rowTable({
  ids: FIELD_IDS.training,
  row: 'epoch (SGD, Adam) or iteration (L-BFGS) of a training',
  tag: { kind: 'training' },
  columns: {
    run: text('Step that trained.', { optional: true }),
    model: text('Model that was trained.'),
    phase: text('Which part of the recipe: `autoencoder`, `softmax`, `network`.'),
    epoch: integer('Epoch or iteration, from 1.', { least: 1, most: 'epochs' }),
    epochs: integer('How many the phase has.'),
    loss: number('Mean loss over the epoch, decay included.', { null: 'where it is no number' }),
    trainError: number('Fraction of the training images that are wrong.', {
      least: 0,
      most: 1,
      null: 'where the phase has no classes',
    }),
    seconds: number('Since the phase began.', { unit: 's' }),
  },
  key: ['run', 'model', 'phase', 'epoch'],
})

/** One row per epoch (SGD, Adam) or iteration (L-BFGS) of a training; outside of a data set without `run`. */
export interface TrainingEvent extends RowIn<typeof training> {}
