import { batchTable } from './batchTable.js'
import { list, name, text } from './column.js'
import { FIELD_IDS } from './fieldIds.js'
import { sample } from './sample.js'
import type { RecordOf } from './schema.js'

/** What becomes of a convolution's positions. `none`: every position of every channel is a unit of its own. */
export const POOLINGS = ['max', 'mean', 'none'] as const
/** One of POOLINGS. */
export type Pooling = (typeof POOLINGS)[number]

/** Whether values are taken after a layer's activation function, or before it. */
export const SIDES = ['post', 'pre'] as const
/** One of SIDES. */
export type Side = (typeof SIDES)[number]

/** Which activations a row is of. */
export const layerColumns = {
  model: text('Model that the layer is of.', { constant: true }),
  layer: text('Name of the layer.', { constant: true }),
  side: name(SIDES, "After the layer's activation function, or before it.", { constant: true }),
  pool: name(
    POOLINGS,
    "What becomes of a convolution's positions; of `none` every position of every channel is a unit of its own.",
    { constant: true },
  ),
}

export const activations = batchTable({
  ids: FIELD_IDS.activations,
  row: 'image and layer; no command writes it, code can',
  columns: {
    ...layerColumns,
    ...sample,
    values: list('What the layer makes of the image, a value a unit.'),
    pre: list(
      'The same before the activation function, where that is strictly increasing: it orders images along a single unit, since values that saturate are equal in float32 alone.',
      { null: 'where `side` is `pre`, and of other activation functions', optional: true, like: 'values' },
    ),
  },
  key: ['model', 'layer', 'side', 'pool', 'dataset', 'split', 'index'],
})

/** φ(x): what a layer makes of images, one row per image; `values` and `pre` are [n × units], batch-major. */
export interface ActivationBatch extends RecordOf<typeof activations> {}
