import { requireKnown } from '../../operators/options/knownOptions.js'
import { requireArray, requireText } from '../../operators/options/requireKinds.js'
import { requireShown } from './requireShown.js'
import { requireModel } from './requireSpec.js'
import type { ScoreSpec } from './scoreSpec.js'
import type { Step } from './stepKind.js'

/**
 * The step that shows something to models and writes the table `scores`: a row per image and model, none that is there.
 *
 * @throws BlindspotError `bad-option` for a spec that lacks something, or with a key that there is not
 * @example
 * const [models, images] = [[{ path: resolve('my-model') }], { source: 'mnist:test' }]
 * const spec: ScoreSpec = { models, shown: { kind: 'gaussian', stddev: 0.3, seed: 1, images }, partition: 'gaussian 0.3' }
 * const step = scoreStep(spec)
 * await perform(await openLake('mine'), step, { limit: 256 })
 */
export function scoreStep(spec: ScoreSpec, needs: readonly string[] = []): Step<ScoreSpec> {
  requireKnown<ScoreSpec>('scoreStep', spec, { models: true, shown: true, partition: true })
  requireArray('scoreStep: models', spec.models, '{ path } or { train }')
  for (const model of spec.models) requireModel('scoreStep: models', model)
  requireShown('scoreStep: shown', spec.shown)
  requireText('scoreStep: partition', spec.partition, 'the name of a folder')
  const { shown, partition } = spec
  const isOfImages = shown.kind === 'clean' || shown.kind === 'gaussian'
  const of = isOfImages && 'source' in shown.images ? `, ${shown.images.source}` : ''
  return { kind: 'score', name: `score ${partition}${of}`, spec, needs }
}
