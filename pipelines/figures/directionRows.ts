import type { Coherence } from '../../operators/records/coherence.js'
import { sampleKey } from '../../operators/records/image.js'
import type { Database } from '../../sources/duckdb.js'
import { quoted } from '../../sources/duckdbScan.js'
import { SUPERCLASSES, SUPERCLASS_OF } from '../../sources/imagenet/classes.js'
import { groups } from '../../operators/records/groups.js'
import { basisCoherence } from '../tables/compareBases.js'
import {
  rowHeading,
  SHOWN_IMAGES,
  shownBases,
  shownDirections,
} from '../../operators/ranking/shownDirections.js'
import type { Estimate } from '../tables/statistics.js'
import { canShow, imageNotes, imageOf, type ImageNote } from './pixels.js'

/** How the rows of a layer are chosen: the purest, those that a draw gives, and samples of the images themselves. */
export type DirectionKind = 'coherent' | 'random' | 'control'

/** Rows of the images that come first along directions of a layer, as one run ranked them. */
export interface DirectionRows {
  /** Coherence of the layer's directions, a row for each end and k. */
  readonly layer: readonly [Coherence, ...Coherence[]]
  /** Mean purity of the first images over all directions of each basis that is shown. */
  readonly purity: readonly { readonly basis: string; readonly mean: Estimate | undefined }[]
  /** Lines of rows that stand side by side, one of each basis; for the control one line, or none. */
  readonly kinds: Readonly<Record<DirectionKind, readonly (readonly DirectionRow[])[]>>
}

export interface DirectionRow extends RankedDirection {
  /** Coherence of the images that the row shows, where the data set has it. */
  readonly coherence: Coherence | undefined
  /** The row's images by rank; none where the ranks are lost. */
  readonly images: readonly RankedImage[]
}

/** A direction of a run. */
type RankedDirection = Pick<Coherence, 'run' | 'basis' | 'centered' | 'direction'>

export interface RankedImage {
  readonly dataset: string
  readonly split: string
  readonly index: number
  readonly label: number
  readonly rank: number
  /** The image's value along the direction; null for images that were drawn at random. */
  readonly value: number | null
  /** The image's pixels; undefined where the data set does not have them, or they cannot be shown. */
  readonly picture: Picture | undefined
}

export interface Picture extends ImageNote {
  readonly pixels: Float32Array
}

interface Rank extends RankedDirection, Omit<RankedImage, 'picture'> {}

/** SQL for the first images of some directions. */
const ranksOf = (directions: readonly RankedDirection[]) =>
  `SELECT run, basis, centered, direction, rank, dataset, split, "index", label, value
FROM ranks
WHERE rank <= ${SHOWN_IMAGES} AND (run, basis, centered, direction) IN (${directions
    .map(
      ({ run, basis, centered, direction }) =>
        `(${quoted(run)}, ${quoted(basis)}, ${centered}, ${direction})`,
    )
    .join(', ')})
ORDER BY rank`

/**
 * SQL for the pixels of the first images of some directions; in files of an earlier version a run's name is in the
 * file's name alone.
 */
const picturesOf = (directions: readonly RankedDirection[]) => `WITH kept AS (
  SELECT coalesce(nullif(run, ''), regexp_extract(filename, 'part-([^/\\\\]*)-[0-9]+\\.parquet$', 1)) AS run,
    dataset, split, "index", pixels, filename, file_row_number AS row
  FROM images
)
FROM kept SEMI JOIN (${ranksOf(directions)}) USING (run, dataset, split, "index")`

interface Kept extends Pick<Rank, 'run' | 'dataset' | 'split' | 'index'> {
  readonly pixels: readonly (number | null)[]
  readonly filename: string
  readonly row: number
}

/**
 * Chooses the rows of images that are shown of some layers: of the units and of a basis of random directions the most
 * coherent and as many drawn at random, and of the control the first.
 *
 * @param layers the coherence of each
 * @throws BlindspotError `bad-data` for images that are none, naming file, column and row.
 */
export async function directionRows(
  database: Database,
  layers: readonly (readonly [Coherence, ...Coherence[]])[],
): Promise<readonly DirectionRows[]> {
  const plans = layers.map(planOf)
  const directions = plans.flatMap(({ kinds }) => Object.values(kinds).flat(2))
  const ranks = directions.length === 0 ? [] : await database.rows<Rank>(ranksOf(directions))
  const pictures = ranks.length === 0 ? new Map<string, Picture>() : await readPictures(database, directions)
  const images = new Map(
    groups(ranks, keyOf).map((own) => [
      JSON.stringify(keyOf(own[0])),
      own.map((row): RankedImage => ({ ...row, picture: pictures.get(sampleOf(row)) })),
    ]),
  )
  const withImages = (row: Omit<DirectionRow, 'images'>): DirectionRow => ({
    ...row,
    images: images.get(JSON.stringify(keyOf(row))) ?? [],
  })
  return plans.map(({ kinds: { coherent, random, control }, ...plan }) => {
    const filled = (lines: typeof coherent) => lines.map((line) => line.map(withImages))
    return {
      ...plan,
      kinds: { coherent: filled(coherent), random: filled(random), control: filled(control) },
    }
  })
}

/** What stands above a row, in the words of its classes where they have names. */
export const headingOf = ({ basis, direction, coherence, images }: DirectionRow): string =>
  rowHeading(basis, direction, coherence, ({ label, grouping }) =>
    grouping === 'superclass'
      ? (SUPERCLASSES.at(label)?.name ?? String(label))
      : (images.find(({ picture }) => picture)?.picture?.classes?.[label] ?? String(label)),
  )

/** What a label counts as in a coherence: itself, or its superclass. */
export const groupOf = (label: number, { grouping }: Pick<Coherence, 'grouping'>): number =>
  grouping === 'superclass' ? SUPERCLASS_OF[label] : label

const keyOf = ({ run, basis, centered, direction }: RankedDirection) => [run, basis, centered, direction]
const sampleOf = ({ run, dataset, split, index }: Pick<Rank, 'run' | 'dataset' | 'split' | 'index'>) =>
  `${run} ${sampleKey(dataset, split, index)}`

type Line = readonly Omit<DirectionRow, 'images'>[]

/** Chooses a layer's directions. */
function planOf(layer: readonly [Coherence, ...Coherence[]]) {
  const bases = shownBases([...new Set(layer.map(({ basis }) => basis))]).map((basis) => {
    const own = layer.filter((row) => row.basis === basis)
    // of a basis that was ranked twice, centred and not, the first
    const once = own.filter(({ centered }) => centered === own[0].centered)
    return { basis, own: once, shown: shownDirections(once) }
  })
  const linesOf = (kind: 'coherent' | 'random'): readonly Line[] =>
    Array.from({ length: Math.max(...bases.map(({ shown }) => shown[kind].length)) }, (_, line) =>
      bases.flatMap(({ own, shown }) => {
        const direction = shown[kind].at(line)
        return direction === undefined ? [] : [chosen(own, direction)]
      }),
    )
  const control = layer.filter(({ basis }) => basis === 'uniform')
  return {
    layer,
    purity: bases.map(({ basis, own }) => ({ basis, mean: meanPurity(own) })),
    kinds: {
      coherent: linesOf('coherent'),
      random: linesOf('random'),
      control: control.length === 0 ? [] : [[chosen(control, 0)]],
    },
  }
}

function chosen(rows: readonly Coherence[], direction: number): Line[number] {
  const own = rows.filter((row) => row.direction === direction && row.end === 'top' && row.k <= SHOWN_IMAGES)
  const [{ run, basis, centered }] = rows
  const largest = own.reduce<Coherence | undefined>(
    (most, row) => (most && most.k >= row.k ? most : row),
    undefined,
  )
  return { run, basis, centered, direction, coherence: largest }
}

/** Mean purity of the directions of a basis; undefined where nothing is of so many images. */
function meanPurity(rows: readonly Coherence[]): Estimate | undefined {
  const mean = basisCoherence(rows.filter(({ end, k }) => end === 'top' && k === SHOWN_IMAGES)).at(0)
  return mean && mean.purity.n > 0 ? mean.purity : undefined
}

/** The images of directions, by run and sample: another run's may go by the same names and be others. */
async function readPictures(
  database: Database,
  directions: readonly RankedDirection[],
): Promise<ReadonlyMap<string, Picture>> {
  const kept = await database.rows<Kept>(picturesOf(directions))
  const notes = await imageNotes(
    database,
    kept.map(({ filename }) => filename),
  )
  return new Map(
    kept.flatMap(({ pixels: values, filename, row, ...sample }): readonly (readonly [string, Picture])[] => {
      const note = notes.get(filename)
      const pixels = imageOf(values, note, { filename, column: 'pixels', row })
      return note && pixels && canShow(note.shape) ? [[sampleOf(sample), { ...note, pixels }]] : []
    }),
  )
}
