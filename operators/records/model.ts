import { integer, long, number, text } from './column.js'
import { FIELD_IDS } from './fieldIds.js'
import { rowTable } from './rowTable.js'
import type { RowIn } from './schema.js'

/** Range of a share of images that are wrong. */
const FRACTION = { least: 0, most: 1, null: 'where it was not measured' } as const

/** A column that files of earlier versions lack. */
const SINCE = { null: 'in files of earlier versions', later: true } as const

export const models = rowTable({
  ids: FIELD_IDS.models,
  row: 'trained network',
  tag: { kind: 'model' },
  columns: {
    run: text('Step that trained it.', { optional: true }),
    model: text('Its name.'),
    architecture: text('Its layers, as `FC100-100-10`.'),
    configuration: text(
      'What it has in common with networks of other seeds: architecture, images and recipe, as `FC100-100-10@P1 epochs=40`.',
      { later: true },
    ),
    depth: integer('Hidden layers, convolutions among them.', { least: 0, ...SINCE }),
    width: integer('Units, or filters, of the widest hidden layer; 0 without one.', { least: 0, ...SINCE }),
    activation: text('Activation function of the hidden layers; empty without one.', { later: true }),
    weightDecay: number('λ of all layers.', {
      least: 0,
      null: 'where the layers have several, and in files of earlier versions',
      later: true,
    }),
    dataset: text('Name of the data set that it was trained on.'),
    split: text('Split of that data set.'),
    images: integer('Images trained on.', { least: 0 }),
    seed: long('Of the initial weights and of the order of the images.'),
    backend: text('What computed: `native`, `wasm` or `cpu`.'),
    weightsHash: text("SHA-256 of the weights' bytes."),
    dataHash: text('SHA-256 of the training images and labels in order.'),
    decay: text('Which reading of the weight decay was used.'),
    trainError: number('Fraction of the training images that are wrong.', FRACTION),
    testError: number('Fraction of the test images that are wrong.', FRACTION),
    testImages: integer('Images that `test_error` is over; 0 where it was not measured.', { least: 0 }),
    seconds: number('How long the training took.', { unit: 's' }),
  },
  key: ['run', 'model'],
})

/** A trained network, one row per model; outside of a data set without `run`. */
export interface ModelRecord extends RowIn<typeof models> {}
