import { requireKnown } from '../../operators/options/knownOptions.js'
import { requireArray, requireText } from '../../operators/options/requireKinds.js'
import { modelName } from './modelName.js'
import type { RankSpec } from './rankedLayer.js'
import { requireImages, requireModel } from './requireSpec.js'
import type { Step } from './stepKind.js'

/**
 * The step that ranks images along the directions of a layer and writes the tables `ranks` and `coherence`, and to `images`
 * those that figures show.
 *
 * @throws BlindspotError `bad-option` for a spec that lacks something, or with a key that there is not
 * @example
 * const passes = [{ basis: ['unit', 'gaussian'] }]
 * const [model, images] = [{ path: resolve('my-model') }, { source: 'mnist:test', first: 256 }]
 * await perform(await openLake('mine'), rankStep({ model, layer: 'logits', images, passes }))
 */
export function rankStep(spec: RankSpec, needs: readonly string[] = []): Step<RankSpec> {
  requireKnown<RankSpec>('rankStep', spec, {
    ...{ model: true, layer: true, images: true, pre: true, pool: true, passes: true, controls: true },
  })
  requireModel('rankStep: model', spec.model)
  requireText('rankStep: layer', spec.layer, 'the name of a layer')
  requireImages('rankStep: images', spec.images)
  requireArray('rankStep: passes', spec.passes, '{ basis }')
  return { kind: 'rank', name: `rank ${modelName(spec.model)} ${spec.layer}`, spec, needs }
}
