import * as v from 'valibot'
import { keyed } from '../../operators/records/expected.js'
import { modelSchema, type StepModel } from './models.js'
import { shownSchema, type ShownSpec } from './shownSpec.js'
import type { Step } from './stepKind.js'

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

/**
 * The step that shows something to models and writes the table `scores`: a row per image and model, none that is there.
 *
 * @example
 * const [models, images] = [[{ path: resolve('my-model') }], { source: 'mnist:test' }]
 * const spec: ScoreSpec = { models, shown: { kind: 'gaussian', stddev: 0.3, seed: 1, images }, partition: 'gaussian 0.3' }
 * const step = scoreStep(spec)
 * await perform(await openLake('mine'), step, { limit: 256 })
 */
export function scoreStep(spec: ScoreSpec, needs: readonly string[] = []): Step<ScoreSpec> {
  const { shown, partition } = spec
  const of = 'images' in shown && 'source' in shown.images ? `, ${shown.images.source}` : ''
  return { kind: 'score', name: `score ${partition}${of}`, spec, needs }
}
