import { adversarialRuns, amplifiedRuns, noiseRuns, withModels } from './errorRows.js'
import type { SourceExamples } from './examplesFor.js'
import type { Experiment } from './paperSteps.js'
import { AMPLIFIED, NOISE_BESIDE_AMPLIFIED, NOISE_BESIDE_EXAMPLES } from './tables/published.js'

export interface Table4Options {
  /** Also the paper's formula as it is written, x + 0.1 (x′ − x) / ‖x′ − x‖₂: an L2 norm of 0.1. */
  readonly literal?: boolean | undefined
}

/**
 * Table 4: the examples of Table 3's networks, fed to those of other shape or trained on other images, at their own size
 * and amplified, and Gaussian noise of both sizes. On test images, as its noise rows, all near the test error, say.
 *
 * @returns the steps that wrote them
 */
export async function table4(
  experiment: Experiment,
  sources: readonly SourceExamples[],
  { literal = false }: Table4Options = {},
): Promise<readonly string[]> {
  const test = await experiment.test()
  const runs: string[] = []
  await withModels(sources, async (models) => {
    const amplified = async (norm: 'rms' | 'l2') => {
      for (const source of sources)
        runs.push(...(await amplifiedRuns(experiment, source, AMPLIFIED, { norm }, models)))
    }
    for (const source of sources) runs.push(...(await adversarialRuns(experiment, source, models)))
    runs.push(...(await noiseRuns(experiment, test, NOISE_BESIDE_EXAMPLES, models)))
    await amplified('rms')
    if (literal) await amplified('l2')
    runs.push(...(await noiseRuns(experiment, test, NOISE_BESIDE_AMPLIFIED, models)))
  })
  return runs
}
