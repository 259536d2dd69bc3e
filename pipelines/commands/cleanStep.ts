import type { Step } from '../steps/stepKind.js'
import type { ScoreSpec } from '../steps/scoreSpec.js'
import { absolute } from '../../sources/place.js'
import { preprocessOf, type PreprocessOptions } from './preprocess.js'

/** The step that shows models the clean images of a source. */
export async function cleanStep(
  models: readonly string[],
  data: string,
  options: PreprocessOptions,
): Promise<Step<ScoreSpec>> {
  const { scoreStep } = await import('../steps/scoreStep.js')
  const { parseSource } = await import('../../sources/source.js')
  const { split, half = split } = await parseSource(data).identity()
  return scoreStep({
    models: models.map((path) => ({ path: absolute(path), ...preprocessOf(options) })),
    shown: { kind: 'clean', images: { source: data } },
    partition: `clean ${half}`,
  })
}
