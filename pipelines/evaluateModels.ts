import { requireTextsIn } from '../operators/options/requireKinds.js'
import { requireKnown } from '../operators/options/knownOptions.js'
import { requireMeant } from '../operators/options/meanings.js'
import type { EvaluateOptions, Evaluation } from './evaluation.js'

/**
 * Error rates of models on the images of a SOURCE, each framed as its model takes them.
 *
 * @throws BlindspotError `bad-data` where of several images none can be read; as `evaluate`
 */
export async function evaluateModels(
  models: readonly string[],
  options: EvaluateOptions,
  signal?: AbortSignal,
): Promise<readonly Evaluation[]> {
  requireKnown<EvaluateOptions>('evaluateModels', options, {
    ...{ data: true, limit: true, backend: true, preprocess: true, onProgress: true },
  })
  requireMeant('evaluateModels', { signal })
  requireTextsIn('evaluateModels: models', models, 'paths of models')
  const { evaluated } = await import('./evaluated.js')
  return evaluated(models, options, signal)
}
