import type { ModelRecord } from '../operators/records/model.js'
import { STATUSES } from '../operators/records/adversarial.js'
import type { LakeFile } from '../sinks/lake/lake.js'
import { readExamples } from '../sources/records.js'
import type { Experiment, ResultTable } from './paperSteps.js'
import { linearNetworks } from './tables/linearNetworks.js'
import { PUBLISHED_TABLE_1 } from './tables/published.js'
import { ALIKE, likeness, type Likeness } from './tables/likeness.js'
import { bootstrapMean, proportion, rate, type Estimate, type Tally } from './tables/statistics.js'

/** Distortions of one model's examples: the attacked images in the order of the files. */
export interface Distortions {
  /** Of the rows that were attacked the successes. */
  readonly success: Tally
  /** RMS, over the successes. */
  readonly distortion: Estimate
  /** Samples attacked, by position in their split. */
  readonly samples: ReadonlySet<number>
}

const [SUCCESS, , SKIPPED] = STATUSES.keys()

/** Reads the first `limit` attacked images of one model from its files of the table `examples`. */
export async function distortionsOf(files: readonly LakeFile[], limit: number): Promise<Distortions> {
  const paths = files.map(({ path }) => path)
  const [distortions, images]: [number[], number[]] = [[], []]
  const samples = new Set<number>()
  let rows = 0
  for await (const batch of readExamples(paths, { images: false })) {
    for (let row = 0; row < batch.index.length; row++) {
      const sample = batch.index[row]
      if (batch.status[row] === SKIPPED || (samples.size >= limit && !samples.has(sample))) continue
      samples.add(sample)
      rows++
      if (batch.status[row] !== SUCCESS) continue
      distortions.push(batch.distortion[row])
      images.push(sample)
    }
    if (samples.size >= limit) break
  }
  const success = { rows, images: samples.size, count: distortions.length }
  return { success, distortion: bootstrapMean(distortions, images), samples }
}

/** What Table 1 says of one model. */
export interface Table1Row {
  readonly record: ModelRecord
  /** Random targets: the paper's column. */
  readonly random: Distortions
  /** The least over all wrong classes. */
  readonly untargeted: Distortions
}

/** Says of a table that its numbers are not the paper's experiment. */
export function quickNote(images: number, limit: number): string {
  return `--quick: trained on ${images} images for a few epochs, ${limit} examples per network; not comparable with the paper`
}

const DECAY_READINGS: Readonly<Record<string, string>> = {
  half: '½λΣw² per layer on the mean cross-entropy, biases not decayed',
  paper: 'λΣw²/k per layer of k units, as the paper writes it',
}

/** Of a published percentage, without the binary remainder of a division. */
export const fraction = (percentage: number): number => Number((percentage / 100).toFixed(6))

const percent = (value: number) => (100 * value).toFixed(2)
const interval = ({ low, high }: Estimate, digits: (value: number) => string) =>
  `[${digits(low)}, ${digits(high)}]`
const rms = (value: number) => value.toFixed(4)

const likenessOf = (ours: Estimate, paper: number | undefined): Likeness | undefined =>
  paper === undefined || ours.n === 0 ? undefined : likeness(ours, paper)

const WORDS: Readonly<Record<Likeness, string>> = {
  alike: 'alike',
  smaller: 'smaller',
  larger: 'larger',
  unsure: 'too few images to say',
}

/** What the page's verdict goes by. */
function likenessNote(
  rows: readonly { readonly record: ModelRecord; readonly like: Likeness | undefined }[],
): string {
  const told = Object.entries(WORDS).flatMap(([like, word]) => {
    const names = rows.filter((row) => row.like === like).map(({ record }) => record.model)
    return names.length === 0 ? [] : [`${word}: ${names.join(', ')}`]
  })
  return `av. distortion beside the paper’s, alike where its interval is within 1/${ALIKE} to ${ALIKE} times it: ${told.join('; ')}`
}

/** Table 1: the models, their errors, and the average distortion that fools them on every image of a sample. */
export function formatTable1(
  rows: readonly Table1Row[],
  { quick, images, limit, seed }: Experiment,
): ResultTable {
  const published = new Map(PUBLISHED_TABLE_1.map((model) => [model.name, model]))
  const measured = rows.map(({ record, random, untargeted }) => ({
    record,
    paper: published.get(record.model),
    train: proportion(Math.round(record.trainError * record.images), record.images),
    test: proportion(Math.round(record.testError * record.testImages), record.testImages),
    random,
    untargeted,
    success: rate(random.success),
    like: likenessOf(random.distortion, published.get(record.model)?.distortion),
  }))
  const beside = (value: string, paper: number | undefined, range: string) =>
    `${value} (${paper ?? '–'})\n${range}`
  return {
    printed: {
      title: 'Table 1: models, errors and average minimum distortion. Ours (the paper’s) [95 % interval]',
      header: [
        'model',
        'train error %',
        'test error %',
        'av. distortion',
        'success %',
        'N',
        'untargeted distortion',
      ],
      rows: measured.map(({ record, paper, train, test, random, untargeted, success }) => [
        record.model,
        beside(percent(train.value), paper?.trainError, interval(train, percent)),
        beside(percent(test.value), paper?.testError, interval(test, percent)),
        beside(rms(random.distortion.value), paper?.distortion, interval(random.distortion, rms)),
        `${percent(success.value)}\n${interval(success, percent)}`,
        String(random.success.images),
        `${rms(untargeted.distortion.value)}\n${interval(untargeted.distortion, rms)}\nN ${untargeted.success.images}`,
      ]),
      notes: [
        ...(quick ? [quickNote(images.count, limit)] : []),
        likenessNote(measured),
        `weight decay: ${[...new Set(rows.map(({ record }) => DECAY_READINGS[record.decay] ?? record.decay))].join('; ')}`,
        ...linearNetworks(rows.map(({ record }) => record)),
        'errors over all training images and the 10,000 test images; 95 %: Wilson score intervals, of means bootstrap',
        `N: the first training images, in the order of seed ${seed}, that the model gets right; distortion: RMS, sqrt(Σ (x′ − x)² / 784), over the successes; ` +
          'a random wrong target each; untargeted: the least over the nine wrong classes',
      ],
    },
    tidy: measured.map(({ record, paper, train, test, random, untargeted, success, like }) => ({
      model: record.model,
      train_images: train.n,
      train_error: train.value,
      train_error_low: train.low,
      train_error_high: train.high,
      train_error_paper: paper ? fraction(paper.trainError) : null,
      test_images: test.n,
      test_error: test.value,
      test_error_low: test.low,
      test_error_high: test.high,
      test_error_paper: paper ? fraction(paper.testError) : null,
      attacked: random.success.images,
      success: success.value,
      success_low: success.low,
      success_high: success.high,
      distortion: random.distortion.value,
      distortion_low: random.distortion.low,
      distortion_high: random.distortion.high,
      distortion_paper: paper?.distortion ?? null,
      distortion_beside_paper: like ?? null,
      untargeted_attacked: untargeted.success.images,
      untargeted_distortion: untargeted.distortion.value,
      untargeted_distortion_low: untargeted.distortion.low,
      untargeted_distortion_high: untargeted.distortion.high,
    })),
  }
}
