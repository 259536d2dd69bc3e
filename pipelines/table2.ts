import { adversarialRuns, noiseRuns, withModels } from './errorRows.js'
import type { SourceExamples } from './examplesFor.js'
import type { Experiment } from './paperSteps.js'
import { NOISE } from './tables/published.js'

/**
 * Table 2: every network's error on the examples made for every network, and on Gaussian noise of the same images.
 *
 * @returns the steps that wrote them
 */
export async function table2(
  experiment: Experiment,
  sources: readonly SourceExamples[],
): Promise<readonly string[]> {
  const runs: string[] = []
  await withModels(sources, async (models) => {
    for (const source of sources) runs.push(...(await adversarialRuns(experiment, source, models)))
    for (const stddev of NOISE) runs.push(...(await noiseRuns(experiment, experiment.images, stddev, models)))
  })
  return runs
}
