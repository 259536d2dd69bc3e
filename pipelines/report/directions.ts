import type { DirectionRows, LayerRows, RankedImage } from '../../sinks/report/content.js'
import { ImageSheets, pictureBytes } from '../../sinks/report/imageSheets.js'
import { shares } from '../../operators/minimize/box.js'
import type { ImageShape } from '../../operators/records/image.js'
import type { Database } from '../../sources/duckdb.js'
import {
  directionRows,
  groupOf,
  headingOf,
  type DirectionRow,
  type DirectionRows as Chosen,
  type RankedImage as Image,
} from '../figures/directionRows.js'
import { isByClass, rankingKey } from '../tables/comparedBases.js'
import type { RankedRows } from '../tables/rankedLayers.js'
import { SHOWN_IMAGES } from '../../operators/ranking/shownDirections.js'
import { count } from '../tables/words.js'

/** Bytes of the pictures, about: what a page of some megabytes holds. */
const BUDGET = 6e6
/** Pictures of a line of either kind, with two bases side by side. */
const PER_LINE = 2 * 2 * SHOWN_IMAGES
/** An image this many times as long as wide would be a line. */
const LONG = 4
const KINDS = {
  coherent: 'The most coherent first',
  random: 'Directions drawn at random, whatever they look like',
  control: 'The control: images drawn at random',
} as const

/** Rows of the first images along units and along random directions: those that the figures of `rank` show. */
export async function directionsOf(database: Database, all: readonly RankedRows[]): Promise<DirectionRows> {
  const layers = all.filter((layer) => !all.some((other) => isFiner(layer, other)))
  const chosen = await directionRows(
    database,
    layers.map(({ rows }) => rows),
  )
  const shapes = chosen.flatMap(imagesOf).flatMap(({ picture }) => (picture ? [picture.shape] : []))
  const largest = shapes.filter(fits).reduce((most, shape) => Math.max(most, pictureBytes(shape)), 1)
  const room = Math.floor(BUDGET / (largest * PER_LINE * layers.length))
  const sheets = new ImageSheets()
  const shown = chosen.map((rows, i) => layerRows(layers[i], rows, Math.max(1, room), sheets))
  const hasPictures = ({ kinds }: LayerRows) => kinds.length > 0
  const without = layers.filter((_, i) => !hasPictures(shown[i])).map(({ name }) => name)
  return {
    layers: shown.filter(hasPictures),
    sheets: await sheets.sheets(),
    missing:
      without.length === 0 ? [] : [`no ranks, or no images that can be shown, of ${without.join('; ')}`],
  }
}

/** Whether a layer is there by superclass, too, by which rows of images are chosen then. */
const isFiner = ({ rows: [own] }: RankedRows, { rows: [other] }: RankedRows) =>
  isByClass(own) && !isByClass(other) && rankingKey(own) === rankingKey(other)

const imagesOf = ({ kinds }: Chosen): readonly Image[] =>
  Object.values(kinds).flatMap((lines) => lines.flatMap((line) => line.flatMap(({ images }) => images)))

const fits = ([height, width]: ImageShape) => Math.max(height / width, width / height) <= LONG

/** A layer's rows as the page has them; a row without a picture is nothing to look at. */
function layerRows(layer: RankedRows, { kinds }: Chosen, most: number, sheets: ImageSheets): LayerRows {
  const [{ images }] = layer.rows
  const from = layer.from.length > 0 ? ` of ${layer.from.join(', ')}` : ''
  const rowOf = (row: DirectionRow) => {
    const { coherence, images: ranked } = row
    const shown = ranked.map((image) => rankedImage(image, layer, coherence, sheets))
    return shown.some(({ place }) => place) ? [{ heading: headingOf(row), images: shown }] : []
  }
  return {
    title: `${layer.name}: the first ${Math.min(SHOWN_IMAGES, images)} of ${count(images)} images${from}`,
    kinds: (['coherent', 'random', 'control'] as const).flatMap((kind) => {
      const lines = kinds[kind]
        .slice(0, most)
        .map((line) => line.flatMap(rowOf))
        .filter((line) => line.length > 0)
      return lines.length === 0 ? [] : [{ title: KINDS[kind], lines }]
    }),
  }
}

function rankedImage(
  { dataset, split, index, label, rank, value, picture }: Image,
  { from }: RankedRows,
  coherence: DirectionRow['coherence'],
  sheets: ImageSheets,
): RankedImage {
  return {
    from: from.length > 1 ? `${dataset} ${split}` : undefined,
    ...{ index, label, rank },
    name: picture?.classes?.[label],
    value: value === null ? undefined : value.toPrecision(5).replace('-', '−'),
    other: coherence !== undefined && groupOf(label, coherence) !== coherence.label,
    place:
      picture && fits(picture.shape)
        ? sheets.add(shares(picture.pixels, picture.box), picture.shape)
        : undefined,
  }
}
