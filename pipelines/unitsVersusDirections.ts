import type { RankOptions } from '../operators/rank.js'
import { untrainedClassifier } from '../operators/tensor/training/untrained.js'
import { withModels } from './errorRows.js'
import type { SourceExamples } from './examplesFor.js'
import type { Experiment } from './paperSteps.js'
import { RANKED_NETWORKS } from './tables/published.js'
import { rankInto } from './steps/rank.js'

/** Test images that are ranked with `quick`. */
const QUICK_IMAGES = 2000

/**
 * The paper's section 3 with a number: the test images, which no network was trained on, ranked along the units of every
 * hidden layer of three networks, along as many Gaussian directions, a random rotation and the principal components (those
 * with and without the mean), and along those of the controls, the pixels and the network untrained; and how alike the labels
 * of the first and the last images are.
 *
 * @returns the steps of the rankings
 */
export async function unitsVersusDirections(
  experiment: Experiment,
  sources: readonly SourceExamples[],
): Promise<readonly string[]> {
  const { lake, seed, provenance, quick } = experiment
  const test = await experiment.test()
  const count = quick ? Math.min(QUICK_IMAGES, test.count) : test.count
  const passes: readonly RankOptions[] = [
    { basis: ['unit', 'gaussian', 'rotation', 'principal'], seed },
    { basis: 'principal', center: true, control: false, seed },
  ]
  const runs: string[] = []
  const networks = sources.filter(({ name }) => RANKED_NETWORKS.includes(name))
  await withModels(networks, async (models) => {
    for (const [i, model] of models.entries()) {
      const untrained = await untrainedClassifier(networks[i].model.folder, model)
      try {
        // the last layer's are the logits
        for (const layer of model.layers.slice(0, -1)) {
          const files = await rankInto(
            lake,
            {
              ...{ model, layer, activations: {}, passes, provenance },
              controls: { pixels: true, untrained },
              ...{ images: () => test.open(0, count), count, selection: { ...test.selection, count } },
            },
            experiment,
          )
          await lake.verify(Object.values(files))
          runs.push(files.coherence.step)
        }
      } finally {
        untrained?.dispose()
      }
    }
  })
  return runs
}
