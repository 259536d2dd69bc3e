import * as v from 'valibot'
import { keyed } from '../../operators/records/expected.js'
import { DECAYS, OPTIMIZERS } from '../../operators/tensor/training/recipe.js'
import { imagesSchema } from './images.js'
import { seedSchema } from './numbers.js'

/** A training as a step has it. */
export const trainSchema = keyed({
  /** The architecture in its short form, such as FC100-100-10. */
  architecture: v.string(),
  /** Name of the model. Default: the architecture's canonical form. */
  name: v.optional(v.string()),
  images: imagesSchema,
  /** Images that the test error is measured on. Default: it is not measured. */
  test: v.optional(imagesSchema),
  /** Seed of the initial weights and the shuffles. */
  seed: seedSchema,
  /** Options as `train` takes them. */
  options: v.optional(
    keyed({
      decay: v.optional(v.picklist(DECAYS)),
      optimizer: v.optional(v.picklist(OPTIMIZERS)),
      epochs: v.optional(v.number()),
      batchSize: v.optional(v.number()),
      learningRate: v.optional(v.number()),
      iterations: v.optional(v.number()),
    }),
  ),
  /** Where `model.json` and `weights.bin` go; absolute, or relative to the data set. */
  folder: v.string(),
})

/** A training: an architecture, the images and the recipe. */
export type TrainSpec = v.InferOutput<typeof trainSchema>
