import * as v from 'valibot'
import { keyed } from '../../operators/records/expected.js'
import { trainSchema } from './trainSpec.js'

/** A model as a step has it. */
export const modelSchema = v.union([
  keyed({
    /** Folder with `model.json`, or that file; absolute, or relative to the data set. */
    path: v.string(),
    /** What the model is called in the rows. Default: the name in its provenance, or else its folder's. */
    name: v.optional(v.string()),
    /** File that says what is done to images, in place of the preprocess.json beside model.json; as `path`. */
    preprocess: v.optional(v.string()),
  }),
  /** The model that a training makes in the data set of the step. */
  keyed({ train: trainSchema }),
])
/** A model as a step has it: where it is and what it is called, or the training that makes it. */
export type StepModel = v.InferOutput<typeof modelSchema>
