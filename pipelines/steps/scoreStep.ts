import type { ScoreSpec } from './scoreSpec.js'
import type { Step } from './stepKind.js'

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
