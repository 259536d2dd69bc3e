import { join } from 'node:path'
import type { Coherence } from '../../operators/records/coherence.js'
import type { ImageShape } from '../../operators/records/image.js'
import { stream } from '../../operators/flow/stream.js'
import { shares } from '../../operators/minimize/box.js'
import { figureName } from '../../sinks/grid/figureName.js'
import { ImageGridWriter, type Tile } from '../../sinks/grid/images.js'
import { shrunk, shrunkShape } from '../../sinks/grid/shrunk.js'
import { className } from '../../sinks/grid/tiles.js'
import { writeAll } from '../../sinks/writer.js'
import type { Database } from '../../sources/duckdb.js'
import { groups } from '../../operators/records/groups.js'
import { layerKey } from '../tables/comparedBases.js'
import { nameOf } from '../tables/judgedLayers.js'
import { coherenceRows } from '../tables/rankedLayers.js'
import { SHOWN_IMAGES, SHOWN_ROWS, wordOf } from '../../operators/ranking/shownDirections.js'
import { checked } from '../tables/restriction.js'
import type { Estimate } from '../tables/statistics.js'
import { count } from '../tables/words.js'
import {
  directionRows,
  headingOf,
  type DirectionRow,
  type DirectionRows,
  type Picture,
} from './directionRows.js'
import { writingFiles } from '../../sources/objects/writingTo.js'
import { within } from '../../sources/place.js'

/** How the rows of a figure were chosen. */
const KINDS = {
  coherent: 'the most coherent rows',
  random: 'rows drawn at random',
} as const
type Kind = keyof typeof KINDS

export interface DirectionFigureOptions {
  /** Identities of the rankings that are drawn. Default: all of the data set. */
  readonly runs?: readonly string[] | undefined
  /** Whether the files are named after the run as well, where others of the same layer stand beside it. Default false. */
  readonly byRun?: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Draws what rankings show, as PNG, from a data set: of each layer rows of the first images along single units, left, and along
 * random directions, right; the most coherent ones, and in a figure of its own ones drawn at random. Below them the control.
 *
 * @param folder of the data set
 * @returns the files, `FOLDER/figures/MODEL-LAYER[-RUN]-{coherent,random}.png`; none of a layer whose images are neither grey
 * nor RGB.
 * @example await directionFigures(database, 'results')
 */
export async function directionFigures(
  database: Database,
  folder: string,
  { runs, byRun = false, signal }: DirectionFigureOptions = {},
): Promise<readonly string[]> {
  const coherence = await database.rows<Coherence>(topOf(checked({ runs }).runs))
  const taken = new Set<string>()
  return writingFiles(within(folder, 'figures'), async (into) => {
    const files: string[] = []
    for (const rows of await directionRows(database, groups(coherence, layerKey))) {
      const [{ run, model, layer }] = rows.layer
      const shape = shapeOf(rows)
      for (const kind of ['coherent', 'random'] as const) {
        const name = figureName(`${model}-${layer}`, byRun ? `${run.slice(0, 8)}-${kind}` : kind, taken)
        if (!shape) continue
        signal?.throwIfAborted()
        files.push(await draw(join(into, `${name}.png`), rows, kind, shape))
      }
    }
    return files
  })
}

/** Coherence at the top of directions, by superclass where there is such, which is all that the figures speak of. */
const topOf = (runs: readonly string[] | undefined) => `FROM (${coherenceRows({ runs })})
WHERE "end" = 'top'
QUALIFY "grouping" = max("grouping") OVER (PARTITION BY run, model, layer, side, pool)`

async function draw(path: string, rows: DirectionRows, kind: Kind, shape: ImageShape): Promise<string> {
  const { layer, purity, kinds } = rows
  const means = purity.map(({ basis, mean }) => `${wordOf(basis)} ${mean ? purityText(mean) : '–'}`)
  const writer = new ImageGridWriter(path, {
    columns: SHOWN_IMAGES * purity.length,
    rows: SHOWN_ROWS + 1,
    group: SHOWN_IMAGES,
    scale: scaleFor(shrunkShape(shape, LONGEST)),
    title: `${nameOf(layer[0])}: the first ${SHOWN_IMAGES} of ${count(layer[0].images)} images along each direction; ${KINDS[kind]}. Mean purity: ${means.join(', ')}`,
  })
  const tiles = stream(function* () {
    for (const line of kinds[kind])
      // blank where a basis has fewer directions
      for (const { basis } of purity) {
        const own = line.find((row) => row.basis === basis)
        yield tilesOf(own, shape)
      }
    for (const row of kinds.control.flat()) if (row.images.length > 0) yield tilesOf(row, shape)
  })
  await writeAll(writer, tiles)
  return path
}

/** A row's images as tiles; blank where a stream had fewer. */
function tilesOf(row: DirectionRow | undefined, shape: ImageShape): readonly Tile[] {
  const blank = new Float32Array(shape[0] * shape[1] * shape[2]).fill(1)
  return Array.from({ length: SHOWN_IMAGES }, (_, i) => {
    const image = row?.images.at(i)
    return {
      ...shrunk({ shape, pixels: image?.picture ? seen(image.picture) : blank }, LONGEST),
      caption: image ? className(image.label, image.picture?.classes) : '',
      ...(i === 0 && row && { heading: headingOf(row) }),
    }
  })
}

const seen = ({ pixels, box }: Picture) => shares(pixels, box)

/** Shape of the first image that can be shown. */
const shapeOf = ({ kinds }: DirectionRows): ImageShape | undefined =>
  Object.values(kinds)
    .flat(2)
    .flatMap(({ images }) => images)
    .find(({ picture }) => picture)?.picture?.shape

/** Longest side of a picture: photographs are shrunk to it. */
const LONGEST = 114

/** Small images are enlarged to about a hundred pixels. */
const scaleFor = ([height, width]: ImageShape) => Math.max(1, Math.floor(84 / Math.max(height, width)))

const purityText = ({ value, low, high }: Estimate) =>
  `${value.toFixed(2)}${Number.isNaN(low) ? '' : ` [${low.toFixed(2)}, ${high.toFixed(2)}]`}`
