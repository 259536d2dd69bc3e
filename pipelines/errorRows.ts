import type { Observable } from 'rxjs'
import { amplify, type AmplifyOptions } from '../operators/amplify.js'
import type { Classifier } from '../operators/classifier.js'
import { stream } from '../operators/flow/stream.js'
import { gaussianNoise } from '../operators/gaussianNoise.js'
import { inputSize } from '../operators/inputSize.js'
import type { AdversarialBatch } from '../operators/records/adversarial.js'
import type { ScoreBatch } from '../operators/records/score.js'
import { score } from '../operators/score.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { readExamples } from '../sources/records.js'
import { acceptedBy } from './acceptedBy.js'
import { countErrors, type ErrorRow } from './errorTable.js'
import type { SourceExamples } from './examplesFor.js'
import type { Experiment, ExperimentImages } from './experiment.js'
import { scoreInto, stepOf } from './scoreInto.js'

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

const hashes = (models: readonly Classifier[]) => models.map(({ name, weightsHash }) => [name, weightsHash])

/** Every model's errors on the examples made for one, read back from their files. */
export function adversarialRow(
  experiment: Experiment,
  source: SourceExamples,
  models: readonly Classifier[],
): Promise<ErrorRow> {
  return exampleRow(experiment, source, models, source.name, {}, score(models))
}

/** The same examples amplified to one size. */
export async function amplifiedRow(
  experiment: Experiment,
  source: SourceExamples,
  size: number,
  options: Required<Pick<AmplifyOptions, 'norm'>>,
  models: readonly Classifier[],
): Promise<ErrorRow> {
  const name = `${source.name}, ${options.norm === 'rms' ? 'RMS' : 'L2'} ${size}`
  const shown = (examples: Observable<AdversarialBatch>) =>
    examples.pipe(amplify(size, options), score(models))
  const row = await exampleRow(experiment, source, models, name, { amplify: size, ...options }, shown)
  return { ...row, distortion: options.norm === 'rms' ? size : size / Math.sqrt(inputSize(models[0])) }
}

async function exampleRow(
  experiment: Experiment,
  { files, distortions: { samples, distortion } }: SourceExamples,
  models: readonly Classifier[],
  name: string,
  options: object,
  scores: (examples: Observable<AdversarialBatch>) => Observable<ScoreBatch>,
): Promise<ErrorRow> {
  const { lake, provenance } = experiment
  const scored: string[] = []
  for (const { path, sha256 } of files) {
    const file = await scoreInto(
      lake,
      {
        label: `score ${name}`,
        scores: scores(stream(() => readExamples(path, acceptedBy(models)))),
        what: { examples: sha256, models: hashes(models), ...options },
        partition: name,
        provenance,
      },
      experiment,
    )
    scored.push(file.path)
  }
  return { name, distortion: distortion.value, cells: await countErrors(scored, { samples }) }
}

/** Every model's errors on the first images under Gaussian noise, unclipped. */
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
  const what = { stddev, seed, clip: false, images: images.selection, models: hashes(models) }
  return imageScores(experiment, images, limit, `gaussian ${stddev}`, what, models, (batches) =>
    batches.pipe(gaussianNoise(stddev, { seed }), score(models)),
  )
}

/** Every model's errors on clean images. */
export async function cleanRow(
  experiment: Experiment,
  images: ExperimentImages,
  name: string,
  models: readonly Classifier[],
): Promise<ErrorRow['cells']> {
  const what = { clean: images.selection, models: hashes(models) }
  const { count } = images
  return errorsIn(await imageScores(experiment, images, count, `clean ${name}`, what, models, score(models)))
}

/** Scores of the first `count` images by each of some models. */
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
  scores: (batches: ReturnType<ExperimentImages['open']>) => Observable<ScoreBatch>,
): Promise<ImageScores> {
  const count = Math.min(most, images.count)
  const files = () => lake.files({ table: 'scores', step: stepOf(what) })
  const done = Number(files().at(-1)?.metadata['images'] ?? 0)
  if (done < count) {
    await scoreInto(
      lake,
      {
        label: `score ${name}`,
        scores: scores(images.open(done, count - done)),
        what,
        total: (count - done) * models.length,
        partition: name,
        provenance,
        part: files().length,
        metadata: { images: count },
      },
      experiment,
    )
  }
  return { paths: files().map(({ path }) => path), count }
}
