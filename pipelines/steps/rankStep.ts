import { modelName } from './modelName.js'
import type { RankSpec } from './rankedLayer.js'
import type { Step } from './stepKind.js'

/**
 * The step that ranks images along the directions of a layer and writes the tables `ranks` and `coherence`, and to `images`
 * those that figures show.
 *
 * @example
 * const passes = [{ basis: ['unit', 'gaussian'] }]
 * const [model, images] = [{ path: resolve('my-model') }, { source: 'mnist:test', first: 256 }]
 * await perform(await openLake('mine'), rankStep({ model, layer: 'logits', images, passes }))
 */
export function rankStep(spec: RankSpec, needs: readonly string[] = []): Step<RankSpec> {
  return { kind: 'rank', name: `rank ${modelName(spec.model)} ${spec.layer}`, spec, needs }
}
