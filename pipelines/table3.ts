import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { cleanRuns, withModels } from './errorRows.js'
import { examplesFor, type SourceExamples } from './examplesFor.js'
import type { Experiment } from './paperSteps.js'
import { PUBLISHED_TABLE_3 } from './tables/published.js'
import { trainModels } from './trainModels.js'

/** Longest training first. */
const TRAINING_ORDER = [...PUBLISHED_TABLE_3].sort((a, b) => b.architecture.localeCompare(a.architecture))
/** As many steps as the recipe's 20 epochs take on all images: with half of them SGD leaves some wrong. */
const SGD_EPOCHS = 40

/**
 * Table 3: three networks trained on two disjoint halves of the training images, their errors on both and on the test
 * images, and the distortion that brings their accuracy on a sample of the test images, which none has seen, to 0 %.
 *
 * The network on P2 begins with weights of its own.
 */
export async function table3(
  experiment: Experiment,
): Promise<{ readonly examples: readonly SourceExamples[]; readonly runs: readonly string[] }> {
  const { lake, limit, seed } = experiment
  const networks = TRAINING_ORDER.map(({ name, architecture, half }) => ({
    name,
    architecture,
    half,
    epochs: architecture === 'FC100-100-10' ? SGD_EPOCHS : undefined,
    seed: half === 'P1' ? seed : seed + 1,
  }))
  const trained = await trainModels(experiment, networks)
  const test = await experiment.test()
  const examples: SourceExamples[] = []
  const runs: string[] = []
  for (const { name } of PUBLISHED_TABLE_3) {
    const model = trained.get(name)
    if (!model) throw new Error(`${name} has no place in the order of the trainings`)
    const classifier = await loadClassifier(model.folder, { name })
    try {
      const files = await examplesFor(experiment, classifier, test, 'random', limit)
      await lake.verify(files)
      examples.push({ name, model, files })
      runs.push(...files.map(({ step }) => step))
    } finally {
      classifier.dispose()
    }
  }
  await withModels(examples, async (models) => {
    for (const half of ['P1', 'P2'] as const)
      runs.push(...(await cleanRuns(experiment, await experiment.half(half), half, models)))
    runs.push(...(await cleanRuns(experiment, test, 'test', models)))
  })
  return { examples, runs }
}
