import type { Classifier } from '../operators/classifier.js'
import type { LakeFile } from '../sinks/lake/lake.js'
import { attackInto } from './steps/attack.js'
import type { Experiment, ExperimentImages } from './paperSteps.js'
import type { ExperimentModel } from './trainModels.js'

/** Examples of one network for random targets, which the tables of transfer go on with. */
export interface SourceExamples {
  readonly name: string
  readonly model: ExperimentModel
  readonly files: readonly LakeFile[]
}

/** Attacks the first `count` images of the seed's order that a network gets right; gives the files of its examples. */
export function examplesFor(
  experiment: Experiment,
  model: Classifier,
  images: ExperimentImages,
  goal: 'random' | 'untargeted',
  count: number,
): Promise<readonly LakeFile[]> {
  const { lake, seed, provenance } = experiment
  const { batchSize, selection } = images
  const step = { model, batchSize, selection, images: images.open, count: images.count, examples: count }
  return attackInto(lake, { ...step, options: { goal, seed }, provenance }, experiment)
}
