import type { OperatorFunction } from 'rxjs'
import type { AmplifyOptions } from '../operators/amplify.js'
import { type Classifier, inputSize } from '../operators/classifier.js'
import { gaussianNoise } from '../operators/gaussianNoise.js'
import type { ExampleBatch } from '../operators/records/example.js'
import type { ImageBatch } from '../operators/records/image.js'
import { score } from '../operators/score.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { countErrors, type ErrorRow } from './errorTable.js'
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

/** Every model's errors on the examples made for one, read back from their files. */
export function adversarialRow(
  experiment: Experiment,
  source: SourceExamples,
  models: readonly Classifier[],
): Promise<ErrorRow> {
  return exampleRow(experiment, source, models, source.name)
}

/** The same examples amplified to one size. */
export async function amplifiedRow(
  experiment: Experiment,
  source: SourceExamples,
  size: number,
  { norm }: Required<Pick<AmplifyOptions, 'norm'>>,
  models: readonly Classifier[],
): Promise<ErrorRow> {
  const name = `${source.name}, ${norm === 'rms' ? 'RMS' : 'L2'} ${size}`
  const row = await exampleRow(experiment, source, models, name, { size, norm, clip: false })
  return { ...row, distortion: norm === 'rms' ? size : size / Math.sqrt(inputSize(models[0])) }
}

async function exampleRow(
  experiment: Experiment,
  { files, distortions: { samples, distortion } }: SourceExamples,
  models: readonly Classifier[],
  name: string,
  amplification?: Amplification,
): Promise<ErrorRow> {
  const { lake, provenance } = experiment
  const scored: string[] = []
  for (const file of files) {
    const step = { label: `score ${name}`, ...scoredExamples(file, amplification), models, partition: name }
    const written = await scoreInto(lake, { ...step, provenance }, experiment)
    scored.push(...written.map(({ path }) => path))
  }
  return { name, distortion: distortion.value, cells: await countErrors(scored, { samples }) }
}

/** Every model's errors on the first images of the seed's order under Gaussian noise, unclipped. */
export async function noiseRow(
  experiment: Experiment,
  images: ExperimentImages,
  stddev: number,
  models: readonly Classifier[],
): Promise<ErrorRow> {
  const scores = await noiseScores(experiment, images, stddev, models)
  return { name: `gaussian ${stddev}`, distortion: stddev, cells: await errorsIn(scores) }
}

/** The rows of it. */
export function noiseScores(
  experiment: Experiment,
  images: ExperimentImages,
  stddev: number,
  models: readonly Classifier[],
): Promise<ImageScores> {
  const { limit, seed } = experiment
  const what = { stddev, seed, clip: false, images: images.selection }
  return imageScores(
    experiment,
    images,
    limit,
    `gaussian ${stddev}`,
    what,
    models,
    gaussianNoise(stddev, { seed }),
  )
}

/** Every model's errors on clean images. */
export async function cleanRow(
  experiment: Experiment,
  images: ExperimentImages,
  name: string,
  models: readonly Classifier[],
): Promise<ErrorRow['cells']> {
  const what = { clean: images.selection }
  const { count } = images
  return errorsIn(
    await imageScores(experiment, images, count, `clean ${name}`, what, models, (clean) => clean),
  )
}

/** Scores of the first `count` images of the seed's order by each of some models. */
export interface ImageScores {
  /** Of the table `scores`; a larger number earlier may have left more rows. */
  readonly paths: readonly string[]
  readonly count: number
}

const errorsIn = ({ paths, count }: ImageScores) => countErrors(paths, { first: count })

/** Scores what is made of the first `most` images; a larger number later adds the images that are new. */
async function imageScores(
  { lake, provenance, ...experiment }: Experiment,
  images: ExperimentImages,
  most: number,
  name: string,
  what: unknown,
  models: readonly Classifier[],
  shown: OperatorFunction<ImageBatch, ImageBatch | ExampleBatch>,
): Promise<ImageScores> {
  const count = Math.min(most, images.count)
  const files = await scoreInto(
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
  return { paths: files.map(({ path }) => path), count }
}
