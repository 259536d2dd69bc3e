import { join } from 'node:path'
import { of } from 'rxjs'
import { STATUSES } from '../../operators/records/codes.js'
import { figureName } from '../../sinks/grid/figureName.js'
import { ImageGridWriter, type ImageGridOptions, type Tile } from '../../sinks/grid/images.js'
import { isLarge } from '../../sinks/grid/shrunk.js'
import { exampleTiles, pairTiles, perturbationTiles, type DrawnExamples } from '../../sinks/grid/tiles.js'
import { writeAll } from '../../sinks/writer.js'
import type { Database } from '../../sources/duckdb.js'
import { attacksOf } from '../tables/measure.js'
import { randomAttack } from '../tables/measured.js'
import { FIGURE_NETWORKS } from '../tables/published.js'
import type { Restriction } from '../tables/restriction.js'
import { rate, type Estimate } from '../tables/statistics.js'
import { exampleRows, type ExampleRow, type ExampleRows } from './exampleRows.js'
import { noiseRows, type NoiseRow, type NoiseRows } from './noiseRows.js'
import { predictedText } from './pixels.js'
import { writingFiles } from '../../sources/objects/writingTo.js'
import { within } from '../../sources/place.js'

export interface ExampleFigureOptions extends Pick<Restriction, 'first' | 'runs'> {
  /** Names of the networks that are drawn. Default: the paper's, a linear classifier and a deeper network. */
  readonly models?: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/** Examples that a figure shows. */
const SHOWN = 50
/** Perturbation that is shown as black or white; one pixel in a hundred changes by more. */
const RANGE = 0.25
/** The same for photographs, whose pixels change by some hundredths: ten times as large as they are. */
const SMALL_RANGE = 0.05
const SHOWN_PHOTOGRAPHS = 12

/**
 * The paper's figure of MNIST examples as PNG, from a data set: originals and adversarial examples in alternate columns, the
 * same digits under Gaussian noise, and the perturbations magnified. Distortion and accuracies are over all attacked images
 * and all noisy ones, the first of which are shown. A network that was not attacked has no figures, one without scores of
 * noise none of noise. Of photographs originals, differences magnified ten times and examples stand side by side.
 *
 * @param folder of the data set
 * @returns the files, `FOLDER/figures/NETWORK-{pairs,noise,perturbations}.png`, or `-examples.png` of photographs
 * @example await exampleFigures(database, 'results', { first: 256 })
 */
export async function exampleFigures(
  database: Database,
  folder: string,
  { models = FIGURE_NETWORKS, first, runs, signal }: ExampleFigureOptions = {},
): Promise<readonly string[]> {
  const attacks = await attacksOf(database, { first, runs })
  const chosen = models.flatMap((model) => {
    const attack = randomAttack({ attacks }, model)
    return attack && attack.successes > 0 ? [attack] : []
  })
  return writingFiles(within(folder, 'figures'), async (into) => {
    const files: string[] = []
    for (const examples of await exampleRows(database, chosen, { most: SHOWN })) {
      const noise = await noiseRows(database, [examples], { most: examples.rows.length, first })
      for (const { kind, tiles, ...options } of figuresOf(examples, noise)) {
        signal?.throwIfAborted()
        const name = figureName(examples.attack.sourceModel, kind)
        files.push(...(await writeGrid(join(into, `${name}.png`), tiles, options)))
      }
    }
    return files
  })
}

interface Figure extends ImageGridOptions {
  readonly kind: string
  readonly tiles: readonly Tile[]
}

function figuresOf({ attack, rows }: ExampleRows, noise: readonly NoiseRows[]): readonly Figure[] {
  const { sourceModel: name, dataset, split, attacked, images, successes, distortion } = attack
  const lost = rate({ rows: attacked, images, count: attacked - successes })
  const own = noise.find((one) => one.model === name && one.dataset === dataset && one.split === split)
  if (rows.some(({ pixels: { shape } }) => isLarge(shape)))
    return [
      {
        kind: 'examples',
        tiles: rows.slice(0, SHOWN_PHOTOGRAPHS).flatMap((row) => besideTiles(drawn(row))),
        title: `${name}: original, difference × ${1 / (2 * SMALL_RANGE)} around grey, adversarial; average distortion ${distortion.value.toFixed(4)}, accuracy ${percent(lost)}${predictedText(rows)}`,
        ...{ columns: 6, group: 3, scale: 1 },
      },
    ]
  const figures: readonly Figure[] = [
    {
      kind: 'pairs',
      tiles: rows.flatMap((row) => pairTiles(drawn(row))),
      title: `${name}: average distortion ${distortion.value.toFixed(3)}, accuracy ${percent(lost)}`,
      group: 2,
    },
    {
      kind: 'noise',
      tiles: own?.rows.flatMap(noiseTiles) ?? [],
      title: own
        ? `${name}: Gaussian noise of standard deviation ${own.stddev}, shown clipped; accuracy ${percent(own.accuracy)}`
        : '',
    },
    {
      kind: 'perturbations',
      tiles: rows.flatMap((row) => perturbationTiles(drawn(row), RANGE)),
      title: `${name}: perturbations magnified ${1 / (2 * RANGE)} times, black −${RANGE}, grey 0, white ${RANGE}`,
    },
  ]
  return figures.filter(({ tiles }) => tiles.length > 0)
}

/** An original, what was changed of it, and what it became. */
function besideTiles(row: DrawnExamples): readonly Tile[] {
  const [original, example] = pairTiles(row) as [Tile?, Tile?]
  const [difference] = perturbationTiles(row, SMALL_RANGE) as [Tile?]
  return original && difference && example ? [original, { ...difference, caption: '' }, example] : []
}

/** A row as the tiles have it. */
const drawn = ({ label, after, status, pixels }: ExampleRow): DrawnExamples => ({
  ...pixels,
  label: Int32Array.of(label),
  status: Uint8Array.of(STATUSES.indexOf(status)),
  adversarialPrediction: Int32Array.of(after ?? -1),
  adversarial: pixels.changed ?? pixels.original,
})

const noiseTiles = ({ label, score, pixels: { shape, box, original, changed } }: NoiseRow) =>
  exampleTiles(
    { label: Int32Array.of(label), pixels: changed ?? original, ...(box && { box }) },
    shape,
    score ? [score.prediction] : [],
  )

async function writeGrid(
  path: string,
  tiles: readonly Tile[],
  options: ImageGridOptions,
): Promise<readonly string[]> {
  const { pages } = await writeAll(new ImageGridWriter(path, options), of(tiles))
  return pages.map((page) => page.path)
}

const digits = (value: number) => Number((100 * value).toFixed(1))
const percent = ({ n, value, low, high }: Estimate) =>
  `${digits(value)} % [${digits(low)}, ${digits(high)}] (N ${n})`
