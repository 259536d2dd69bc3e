import type { OperatorFunction } from 'rxjs'
import type { AmplifyOptions } from '../operators/amplify.js'
import type { Classifier } from '../operators/classifier.js'
import { gaussianNoise } from '../operators/gaussianNoise.js'
import type { ExampleBatch } from '../operators/records/example.js'
import type { ImageBatch } from '../operators/records/image.js'
import { score } from '../operators/score.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import type { LakeFile } from '../sinks/lake/lake.js'
import type { SourceExamples } from './examplesFor.js'
import type { Experiment, ExperimentImages } from './paperSteps.js'
import { scoredExamples, type Amplification } from './scoredExamples.js'
import { scoreInto } from './steps/score.js'

/** Loads the networks of some examples, all at once, for as long as `use` takes. */
export async function withModels<T>(
  sources: readonly SourceExamples[],
  use: (models: readonly Classifier[]) => Promise<T>,
): Promise<T> {
  const models: Classifier[] = []
  try {
    for (const { name, model } of sources) models.push(await loadClassifier(model.folder, { name }))
    return await use(models)
  } finally {
    for (const model of models) model.dispose()
  }
}

/** Shows the examples made for one network to every model; gives the steps that wrote their errors. */
export function adversarialRuns(
  experiment: Experiment,
  source: SourceExamples,
  models: readonly Classifier[],
): Promise<readonly string[]> {
  return exampleRuns(experiment, source, models, source.name)
}

/** The same examples amplified to one size. */
export function amplifiedRuns(
  experiment: Experiment,
  source: SourceExamples,
  size: number,
  { norm }: Required<Pick<AmplifyOptions, 'norm'>>,
  models: readonly Classifier[],
): Promise<readonly string[]> {
  const name = `${source.name}, ${norm === 'rms' ? 'RMS' : 'L2'} ${size}`
  return exampleRuns(experiment, source, models, name, { size, norm, clip: false })
}

async function exampleRuns(
  experiment: Experiment,
  { files }: SourceExamples,
  models: readonly Classifier[],
  name: string,
  amplification?: Amplification,
): Promise<readonly string[]> {
  const { lake, provenance } = experiment
  const scored: LakeFile[] = []
  for (const file of files) {
    const step = { label: `score ${name}`, ...scoredExamples(file, amplification), models, partition: name }
    scored.push(...(await scoreInto(lake, { ...step, provenance }, experiment)))
  }
  return scored.map(({ step }) => step)
}

/** Shows the first images of the seed's order to every model under Gaussian noise, unclipped. */
export async function noiseRuns(
  experiment: Experiment,
  images: ExperimentImages,
  stddev: number,
  models: readonly Classifier[],
): Promise<readonly string[]> {
  const files = await noiseScores(experiment, images, stddev, models)
  return files.map(({ step }) => step)
}

/** The files of it. */
export function noiseScores(
  experiment: Experiment,
  images: ExperimentImages,
  stddev: number,
  models: readonly Classifier[],
): Promise<readonly LakeFile[]> {
  const { limit, seed } = experiment
  const what = { stddev, seed, clip: false, images: images.selection }
  const noise = gaussianNoise(stddev, { seed })
  return imageScores(experiment, images, limit, `gaussian ${stddev}`, what, models, noise)
}

/** Shows clean images to every model. */
export async function cleanRuns(
  experiment: Experiment,
  images: ExperimentImages,
  name: string,
  models: readonly Classifier[],
): Promise<readonly string[]> {
  const what = { clean: images.selection }
  const { count } = images
  const files = await imageScores(experiment, images, count, `clean ${name}`, what, models, (clean) => clean)
  return files.map(({ step }) => step)
}

/** Scores what is made of the first `most` images; a larger number later adds the images that are new. */
function imageScores(
  { lake, provenance, ...experiment }: Experiment,
  images: ExperimentImages,
  most: number,
  name: string,
  what: unknown,
  models: readonly Classifier[],
  shown: OperatorFunction<ImageBatch, ImageBatch | ExampleBatch>,
): Promise<readonly LakeFile[]> {
  const count = Math.min(most, images.count)
  return scoreInto(
    lake,
    {
      label: `score ${name}`,
      what,
      models,
      scores: (some, run, skip) => images.open(skip, count - skip).pipe(shown, score(some, { run })),
      images: count,
      partition: name,
      provenance,
    },
    experiment,
  )
}
