import * as v from 'valibot'
import { keyed } from '../../operators/records/expected.js'
import { modelSchema, type StepModel } from './stepModel.js'
import { shownSchema, type ShownSpec } from './shownSpec.js'

/** A scoring: what is shown to which models. */
export interface ScoreSpec {
  /** The victims. A scoring asked for again with others adds their rows. */
  readonly models: readonly StepModel[]
  readonly shown: ShownSpec
  /** The folder in the table, by the key `shown`. */
  readonly partition: string
}

export const scoreSchema: v.GenericSchema<unknown, ScoreSpec> = keyed({
  models: v.pipe(v.array(modelSchema), v.minLength(1), v.readonly()),
  shown: shownSchema,
  partition: v.string(),
})
