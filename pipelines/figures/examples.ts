import { join } from 'node:path'
import { concatAll, concatMap, map, of, take, type Observable } from 'rxjs'
import { consume } from '../../operators/flow/consume.js'
import { stream } from '../../operators/flow/stream.js'
import { gaussianNoise } from '../../operators/gaussianNoise.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import { successes, type ExampleBatch } from '../../operators/records/example.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { figureName } from '../../sinks/grid/figureName.js'
import { ImageGridWriter, type ImageGridOptions, type Tile } from '../../sinks/grid/images.js'
import { exampleTiles, pairTiles, perturbationTiles } from '../../sinks/grid/tiles.js'
import { readExamples, readScores } from '../../sources/records.js'
import { noiseScores, withModels, type ImageScores } from '../errorRows.js'
import { NO_ROWS } from '../errorCount.js'
import { countErrors } from '../errorTable.js'
import type { SourceExamples } from '../examplesFor.js'
import type { Experiment } from '../paperSteps.js'
import { FIGURE_NETWORKS, FIGURE_NOISE } from '../tables/published.js'
import { rate, type Estimate } from '../tables/statistics.js'

/** Examples of a figure. */
const SHOWN = 50
/** Perturbation that is shown as black or white; one pixel in a hundred changes by more. */
const RANGE = 0.25

/**
 * The paper's figure of MNIST examples, for a linear classifier and a deeper network, from the files of the data set:
 * originals and adversarial examples in alternate columns, the same digits under Gaussian noise, and the perturbations
 * magnified. Distortion and accuracies are over all attacked images and all noisy ones, the first of which are shown.
 *
 * @returns the files, `DIR/figures/NETWORK-{pairs,noise,perturbations}.png`
 */
export async function figures(
  experiment: Experiment,
  sources: readonly SourceExamples[],
): Promise<readonly string[]> {
  const noise = await withModels(sources, (models) =>
    noiseScores(experiment, experiment.images, FIGURE_NOISE, models),
  )
  const files: string[] = []
  for (const source of sources.filter(({ name }) => FIGURE_NETWORKS.includes(name)))
    files.push(...(await figuresOf(experiment, source, noise)))
  return files
}

async function figuresOf(
  { lake, seed, signal }: Experiment,
  { name, files, distortions }: SourceExamples,
  noise: ImageScores,
): Promise<string[]> {
  const { success, distortion } = distortions
  const { rows: attacked, images, count: fooled } = success
  if (fooled === 0) return []
  const { accuracy, predictions } = await underNoise(noise, name)
  const examples = stream(() => readExamples(files.map(({ path }) => path)))
  const classesOf = ({ index }: ExampleBatch) => index.map((sample) => predictions.get(sample) ?? -1)
  const noisy = examples.pipe(
    concatMap((batch) =>
      of(originals(batch)).pipe(
        gaussianNoise(FIGURE_NOISE, { seed }),
        map((shown) => exampleTiles(shown, batch.shape, classesOf(shown))),
      ),
    ),
  )
  const figure = (kind: string, tiles: Observable<readonly Tile[]>, options: ImageGridOptions) => {
    const path = join(lake.folder, 'figures', `${figureName(name, kind)}.png`)
    // an earlier run with a larger limit may have left more examples than the title is about
    const shown = Math.min(SHOWN, fooled)
    return writeGrid(path, tiles.pipe(concatAll(), take((options.group ?? 1) * shown)), options, signal)
  }
  const lost = percent(rate({ rows: attacked, images, count: attacked - fooled }))
  return [
    ...(await figure('pairs', examples.pipe(map(pairTiles)), {
      title: `${name}: average distortion ${distortion.value.toFixed(3)}, accuracy ${lost}`,
      group: 2,
    })),
    ...(await figure('noise', noisy, {
      title: `${name}: Gaussian noise of standard deviation ${FIGURE_NOISE}, shown clipped; accuracy ${percent(accuracy)}`,
    })),
    ...(await figure('perturbations', examples.pipe(map((batch) => perturbationTiles(batch, RANGE))), {
      title: `${name}: perturbations magnified ${1 / (2 * RANGE)} times, black −${RANGE}, grey 0, white ${RANGE}`,
    })),
  ]
}

function originals(batch: AdversarialBatch): ImageBatch {
  const { dataset, split, index, label, original: pixels } = successes(batch)
  return { dataset, split, shape: batch.shape, index, label, pixels, ...(batch.box && { box: batch.box }) }
}

/** What one network makes of noisy images: its accuracy over them, and its class of each by position in the split. */
async function underNoise({ paths, count }: ImageScores, name: string) {
  const predictions = new Map<number, number>()
  for await (const { model, index, prediction } of readScores(paths)) {
    if (model === name) index.forEach((sample, row) => predictions.set(sample, prediction[row]))
  }
  const { all } = (await countErrors(paths, { first: count })).get(name) ?? NO_ROWS
  return { accuracy: rate({ ...all, count: all.rows - all.count }), predictions }
}

async function writeGrid(
  path: string,
  tiles: Observable<Tile>,
  options: ImageGridOptions,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const writer = new ImageGridWriter(path, options)
  try {
    await consume(tiles, (tile) => writer.write([tile]), { signal })
    const { pages } = await writer.close()
    return pages.map((page) => page.path)
  } catch (error) {
    await writer.abort()
    throw error
  }
}

const digits = (value: number) => Number((100 * value).toFixed(1))
const percent = ({ n, value, low, high }: Estimate) =>
  `${digits(value)} % [${digits(low)}, ${digits(high)}] (N ${n})`
