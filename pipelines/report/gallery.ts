import type { ImageSet } from '../../sinks/report/content.js'
import type { Database } from '../../sources/duckdb.js'
import { exampleRows, type ExampleRows } from '../figures/exampleRows.js'
import { noiseRows, type NoiseRows } from '../figures/noiseRows.js'
import { imageNotes, predictedText } from '../figures/pixels.js'
import { optionsAmong } from '../tables/attackNames.js'
import type { Measured } from '../tables/measured.js'
import { rate } from '../tables/statistics.js'
import { count, shareText } from '../tables/words.js'
import { pictureBytes, pictures } from './pictures.js'

/** Images shown of an attack, and of those that failed or were skipped; fewer where images are large. */
const MOST = 48
const OTHERS = 12
/** Attacks that images are shown of. */
const MOST_ATTACKS = 100
/** Bytes of all pictures shown, about: what a page of some megabytes holds. */
const BUDGET = 4e6
const AIMS: Readonly<Record<string, string>> = {
  random: 'random targets',
  all: 'all targets',
  untargeted: 'untargeted',
  'runner-up': 'runner-up as target',
  'least-likely': 'least likely class as target',
  target: 'one target',
  cases: 'given targets',
}

/**
 * What is shown of a data set's images: of each attack some of every status, and the same under Gaussian noise.
 *
 * @param seed of noise whose rows do not say it
 */
export async function gallery(
  database: Database,
  { attacks }: Measured,
  seed: number,
): Promise<readonly ImageSet[]> {
  const first = attacks.slice(0, MOST_ATTACKS)
  if (first.length === 0) return []
  const files = await database.rows<{ filename: string }>('SELECT DISTINCT filename FROM examples')
  const notes = await imageNotes(
    database,
    files.map(({ filename }) => filename),
  )
  const largest = Math.max(1, ...[...notes.values()].map(({ shape }) => pictureBytes(shape)))
  const room = Math.max(1, Math.floor(BUDGET / (largest * 3 * first.length)))
  const examples = await exampleRows(database, first, {
    most: Math.min(MOST, room),
    others: Math.min(OTHERS, room),
  })
  const noise = await noiseRows(database, examples, { most: MOST, seed })
  const optionsOf = optionsAmong(attacks)
  const sets = await Promise.all([
    ...examples.map((one) => exampleSet(one, optionsOf(one.attack))),
    ...noise.map(noiseSet),
  ])
  return sets.filter(({ images }) => images.length > 0)
}

/** @param options of the attack, as its name has them */
async function exampleSet({ attack, rows }: ExampleRows, options: readonly string[]): Promise<ImageSet> {
  const { sourceModel: model, dataset, split, method, goal, successes, attacked, images, distortion } = attack
  const change = [AIMS[goal] ?? goal, ...(method === 'l-bfgs' ? [] : [method]), ...options].join(', ')
  const right = rate({ rows: attacked, images, count: attacked - successes })
  const accuracy = attacked === 0 ? 'none attacked' : `accuracy on them ${shareText(right, 1)}`
  const size = distortion.n === 0 ? '' : `, average distortion ${distortion.value.toFixed(4)}`
  return {
    model,
    change: `adversarial, ${change}`,
    title: `${model}: ${change}, ${dataset} ${split}${size}, ${accuracy} (N ${count(images)})${predictedText(rows)}`,
    ...(await pictures(
      rows.map(({ index, label, status, reason, target, before, after, distortion: size, pixels }) => ({
        ...{ index, label, status, pixels },
        reason: reason === 'none' ? undefined : reason,
        target: target ?? undefined,
        before: before ?? undefined,
        after: after ?? undefined,
        distortion: Number.isFinite(size) ? (size ?? undefined) : undefined,
      })),
    )),
  }
}

/** The noisy images that a network was shown. */
async function noiseSet({ model, dataset, split, stddev, accuracy, rows }: NoiseRows): Promise<ImageSet> {
  return {
    model,
    change: `Gaussian noise, stddev ${stddev}`,
    title:
      `${model}: Gaussian noise of stddev ${stddev} (shown clipped), ${dataset} ${split}, ` +
      `accuracy on it ${shareText(accuracy, 1)} (N ${count(accuracy.n)})`,
    ...(await pictures(
      rows.flatMap(({ index, label, score, pixels }) =>
        score === undefined
          ? []
          : [
              {
                ...{ index, label, pixels },
                status: score.error ? 'wrong' : 'right',
                before: score.clean_error ? undefined : label,
                after: score.prediction,
                distortion: stddev,
              },
            ],
      ),
    )),
  }
}
