import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { examplesFor, type SourceExamples } from './examplesFor.js'
import type { Experiment } from './paperSteps.js'
import { PUBLISHED_TABLE_1 } from './tables/published.js'
import { searchPathInto } from './steps/searchPath.js'
import { trainModels } from './trainModels.js'

/** The nine searches of an untargeted row cost as much as nine random ones: no more images than this. */
const MOST_UNTARGETED = 256
/** Longest training first; all others after them. */
const LONGEST = ['FC200-200-10', 'AE400-10', 'FC100-100-10']
const placeOf = ({ name }: { readonly name: string }) =>
  LONGEST.includes(name) ? LONGEST.indexOf(name) : LONGEST.length

/**
 * Table 1: trains the six networks and finds, for a sample of the training images, the distortion that brings
 * each network's accuracy to 0 %, the first ones in the seed's order: with a random wrong target per image, which gives the paper's numbers, and
 * the least over all wrong classes. Of the first image's search it keeps the path.
 */
export async function table1(
  experiment: Experiment,
): Promise<{ readonly examples: readonly SourceExamples[]; readonly runs: readonly string[] }> {
  const { lake, limit, seed, images } = experiment
  const networks = [...PUBLISHED_TABLE_1].sort((a, b) => placeOf(a) - placeOf(b))
  const trained = await trainModels(
    experiment,
    networks.map(({ name, architecture }) => ({ name, architecture, seed })),
  )
  const runs: string[] = []
  const examples: SourceExamples[] = []
  for (const { name } of PUBLISHED_TABLE_1) {
    const model = trained.get(name)
    if (!model) throw new Error(`${name} was not trained`)
    const classifier = await loadClassifier(model.folder, { name })
    try {
      const untargetedLimit = Math.min(limit, MOST_UNTARGETED)
      const files = await examplesFor(experiment, classifier, images, 'random', limit)
      const untargeted = await examplesFor(experiment, classifier, images, 'untargeted', untargetedLimit)
      await lake.verify([...files, ...untargeted])
      await searchPathInto(experiment, classifier, images)
      examples.push({ name, model, files })
      runs.push(...[...files, ...untargeted].map(({ step }) => step))
    } finally {
      classifier.dispose()
    }
  }
  return { examples, runs }
}
