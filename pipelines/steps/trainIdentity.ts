import { formatArchitecture, parseArchitecture } from '../../operators/architecture.js'
import { identity } from '../../operators/records/identity.js'
import { recipeFor } from '../../operators/tensor/training/recipe.js'
import { openImages } from './images.js'
import type { Place, StepIdentity } from './stepKind.js'
import type { TrainSpec } from './trainSpec.js'
import { trainedName } from './trainNames.js'

/** What a training's rows depend on. */
export const trainIdentity: StepIdentity<TrainSpec> = {
  kind: 'train',
  version: 3,
  dependsOn: async (spec, place) => ({ name: trainedName(spec), ...(await trainedFrom(spec, place)) }),
}

/** What tells a training from others whatever its model is called: trainings of one give the same weights. */
export const trainingKey = async (spec: TrainSpec, place: Place): Promise<string> =>
  identity({ [trainIdentity.kind]: trainIdentity.version, ...(await trainedFrom(spec, place)) })

/** All that a training depends on but its model's name. */
async function trainedFrom(
  { architecture: text, images, test, seed, options }: TrainSpec,
  { models }: Place,
) {
  const architecture = parseArchitecture(text)
  return {
    architecture: formatArchitecture(architecture),
    recipe: recipeFor(architecture, { ...options, seed }),
    images: (await openImages(images, models)).identity,
    test: test && (await openImages(test, models, images.framing)).identity,
  }
}
