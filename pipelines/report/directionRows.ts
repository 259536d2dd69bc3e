import type { Coherence } from '../../operators/records/coherence.js'
import { sampleKey, type ImageShape } from '../../operators/records/image.js'
import type { LakeFile } from '../../sinks/lake/lake.js'
import type { DirectionRow, DirectionRows, LayerRows } from '../../sinks/report/content.js'
import { ImageSheets, pictureValues } from '../../sinks/report/imageSheets.js'
import type { Database } from '../../sources/duckdb.js'
import { readRecords } from '../../sources/records.js'
import { groups } from '../tables/compareBases.js'
import { rowHeading, SHOWN_IMAGES, shownBases, shownDirections } from '../tables/shownDirections.js'
import { canShow } from './pictures.js'
import type { RankedRows } from '../tables/rankedLayers.js'
import { shownRanks, type RankedDirection, type RankRow } from './shownRanks.js'
import { count } from '../tables/words.js'

/** Pixel values of the pictures: what a page of some megabytes holds. */
const BUDGET = 6e6
/** Pictures of a line. */
const PER_LINE = 2 * SHOWN_IMAGES
/** An image this many times as long as wide would be a line. */
const LONG = 4
const KINDS = {
  coherent: 'The most coherent first',
  random: 'Directions drawn at random, whatever they look like',
} as const

/** A direction's row to be. */
interface Chosen extends RankedDirection {
  /** Of the images that it shows, where the data set has it. */
  readonly coherence: Coherence | undefined
}

/** A layer with the lines of directions that it shows, by kind. */
interface Plan {
  readonly layer: RankedRows
  readonly kinds: readonly { readonly title: string; readonly lines: readonly (readonly Chosen[])[] }[]
}

interface Image {
  readonly pixels: Float32Array
  readonly shape: ImageShape
}

/** Rows of the first images along units and along random directions: those that the figures of `rank` show. */
export async function directionRows(
  database: Database,
  files: readonly LakeFile[],
  layers: readonly RankedRows[],
): Promise<DirectionRows> {
  const plans = layers.map(planOf)
  const chosen = plans.flatMap(({ kinds }) => kinds.flatMap(({ lines }) => lines.flat()))
  const rows = chosen.length === 0 ? [] : await database.rows<RankRow>(shownRanks(chosen, SHOWN_IMAGES))
  const images = await readImages(files, rows)
  const largest = [...images.values()].reduce((most, { shape }) => Math.max(most, pictureValues(shape)), 1)
  const room = Math.floor(BUDGET / (largest * PER_LINE * Object.keys(KINDS).length * plans.length))
  const sheets = new ImageSheets()
  const placeOf = (row: RankRow) => {
    // its run's own: another run's may go by the same names and be others
    const image = images.get(`${row.run} ${sampleOf(row)}`)
    return image && sheets.add(image.pixels, image.shape)
  }
  const byDirection = new Map(groups(rows, directionOf).map((own) => [directionOf(own[0]).join(), own]))
  const shown = plans.map((plan) =>
    layerRows(plan, Math.max(1, room), (direction) =>
      (byDirection.get(directionOf(direction).join()) ?? []).map((row) => ({
        from: plan.layer.from.length > 1 ? `${row.dataset} ${row.split}` : undefined,
        ...{ index: row.index, label: row.label, rank: row.rank },
        value: row.value === null ? undefined : row.value.toPrecision(5).replace('-', '−'),
        other: direction.coherence !== undefined && row.label !== direction.coherence.label,
        place: placeOf(row),
      })),
    ),
  )
  const without = plans.filter((_, i) => !hasPictures(shown[i])).map(({ layer }) => layer.name)
  return {
    layers: shown.filter(hasPictures),
    sheets: sheets.sheets(),
    missing:
      without.length === 0 ? [] : [`no ranks, or no images that can be shown, of ${without.join('; ')}`],
  }
}

const hasPictures = ({ kinds }: LayerRows) =>
  kinds.some(({ lines }) =>
    lines.some((line) => line.some(({ images }) => images.some(({ place }) => place))),
  )

const directionOf = ({ run, basis, centered, direction }: RankedDirection) => [
  run,
  basis,
  centered,
  direction,
]
const sampleOf = ({ dataset, split, index }: Pick<RankRow, 'dataset' | 'split' | 'index'>) =>
  sampleKey(dataset, split, index)

/** Chooses a layer's directions. */
function planOf(layer: RankedRows): Plan {
  const { rows } = layer
  const bases = shownBases([...new Set(rows.map(({ basis }) => basis))])
  // of a basis that was ranked twice, centred and not, the first
  const blocks = bases.map((basis) => {
    const own = rows.filter((row) => row.basis === basis)
    const once = own.filter(({ centered }) => centered === own[0].centered)
    return { own: once, shown: shownDirections(once) }
  })
  const kinds = (Object.keys(KINDS) as (keyof typeof KINDS)[]).map((kind) => ({
    title: KINDS[kind],
    lines: Array.from({ length: Math.max(...blocks.map(({ shown }) => shown[kind].length)) }, (_, line) =>
      blocks.flatMap(({ own, shown }) => {
        const direction = shown[kind].at(line)
        return direction === undefined ? [] : [chosen(own, direction)]
      }),
    ),
  }))
  const control = rows.filter(({ basis }) => basis === 'uniform')
  const lines = control.length === 0 ? [] : [[chosen(control, 0)]]
  return { layer, kinds: [...kinds, { title: 'The control: images drawn at random', lines }] }
}

function chosen(rows: readonly Coherence[], direction: number): Chosen {
  const own = rows.filter((row) => row.direction === direction && row.end === 'top' && row.k <= SHOWN_IMAGES)
  const [{ run, basis, centered }] = rows
  const largest = own.reduce<Coherence | undefined>(
    (most, row) => (most && most.k >= row.k ? most : row),
    undefined,
  )
  return { run, basis, centered, direction, coherence: largest }
}

/** A layer's rows with their images. */
function layerRows(
  { layer, kinds }: Plan,
  most: number,
  imagesOf: (row: Chosen) => DirectionRow['images'],
): LayerRows {
  const [{ images }] = layer.rows
  const from = layer.from.length > 0 ? ` of ${layer.from.join(', ')}` : ''
  const rowOf = (row: Chosen): readonly DirectionRow[] => {
    const shown = imagesOf(row)
    // without a picture there is nothing to look at
    return shown.some(({ place }) => place)
      ? [{ heading: rowHeading(row.basis, row.direction, row.coherence), images: shown }]
      : []
  }
  return {
    title: `${layer.name}: the first ${Math.min(SHOWN_IMAGES, images)} of ${count(images)} images${from}`,
    kinds: kinds
      .map(({ title, lines }) => ({
        title,
        lines: lines
          .slice(0, most)
          .map((line) => line.flatMap(rowOf))
          .filter((line) => line.length > 0),
      }))
      .filter(({ lines }) => lines.length > 0),
  }
}

/** The images of a data set that some ranks name, by run and sample, and by sample alone. */
async function readImages(
  files: readonly LakeFile[],
  rows: readonly RankRow[],
): Promise<ReadonlyMap<string, Image>> {
  const wanted = new Set(rows.map(sampleOf))
  const images = new Map<string, Image>()
  for (const { path, step } of files.filter(({ table }) => table === 'images')) {
    for await (const { dataset, split, shape, index, pixels } of readRecords('images', path)) {
      if (!canShow(shape) || Math.max(shape[0] / shape[1], shape[1] / shape[0]) > LONG) continue
      const size = shape[0] * shape[1] * shape[2]
      index.forEach((position, row) => {
        const sample = sampleOf({ dataset, split, index: position })
        if (!wanted.has(sample)) return
        images.set(`${step} ${sample}`, { shape, pixels: pixels.slice(row * size, (row + 1) * size) })
      })
    }
  }
  return images
}
