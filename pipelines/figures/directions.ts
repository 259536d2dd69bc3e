import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Coherence } from '../../operators/records/coherence.js'
import { sampleKey, type ImageShape } from '../../operators/records/image.js'
import { figureName } from '../../sinks/grid/figureName.js'
import { ImageGridWriter, type Tile } from '../../sinks/grid/images.js'
import { columnOf, integersOf } from '../../operators/records/rows.js'
import { readParquet } from '../../sources/parquet.js'
import { readRecords } from '../../sources/records.js'
import { basisCoherence } from '../tables/compareBases.js'
import type { RankFiles } from '../steps/rank.js'
import {
  rowHeading,
  SHOWN_IMAGES,
  SHOWN_ROWS,
  shownBases,
  shownDirections,
  wordOf,
} from '../tables/shownDirections.js'
import { interval } from '../unitsTable.js'
import { nameOf } from '../tables/judgedLayers.js'

/** How the rows of a figure were chosen. */
const KINDS = [
  ['coherent', 'the most coherent rows'],
  ['random', 'rows drawn at random'],
] as const

interface Ranked {
  readonly sample: string
  readonly label: number
}

/** Images of each direction. */
type Rows = ReadonlyMap<number, readonly Ranked[]>
const NO_ROWS: Rows = new Map()

/**
 * Draws what a ranking shows, as PNG: rows of the first images along single units, left, and along random directions,
 * right; the most coherent ones, and in a figure of its own ones drawn at random. Below them the control. Figures that are
 * newer than the files are left as they are.
 *
 * @param suffix what keeps figures apart, of several runs of a layer or names that are alike as a file's
 *
 * @returns the files, `FOLDER/figures/MODEL-LAYER-SUFFIX-{coherent,random}.png`; none where images are neither grey nor RGB.
 */
export async function rankFigures(folder: string, files: RankFiles, suffix = ''): Promise<readonly string[]> {
  const { partition, metadata } = files.ranks
  const name = `${partition['name']}-${String(metadata['layer'])}`
  const figures = KINDS.map(([kind, chosen]) => {
    const file = figureName(name, suffix === '' ? kind : `${suffix}-${kind}`)
    return { kind, chosen, path: join(folder, 'figures', `${file}.png`) }
  })
  // drawn already, of these files
  const written = Math.max(...Object.values(files).map(({ path }) => statSync(path).mtimeMs))
  if (figures.every(({ path }) => existsSync(path) && statSync(path).mtimeMs > written))
    return figures.map(({ path }) => path)
  const rows: Coherence[] = []
  for await (const some of readRecords('coherence', files.coherence.path)) rows.push(...some)
  const first = rows.at(0)
  if (!first) return []
  const bases = shownBases([...new Set(rows.map(({ basis }) => basis))])
  const pixels = await pixelsOf(files.images.path)
  if (!pixels) return []
  const ranked = await firstImages(files.ranks.path)
  const blocks = bases.map((basis) => {
    const own = rows.filter((row) => row.basis === basis)
    return { basis, own, shown: shownDirections(own), ranked: ranked.get(basis) ?? NO_ROWS }
  })
  const control = {
    own: rows.filter(({ basis }) => basis === 'uniform'),
    ranked: ranked.get('uniform') ?? NO_ROWS,
  }
  for (const { kind, chosen, path } of figures) {
    const means = blocks.map(({ basis, own }) => `${wordOf(basis)} ${meanPurity(own)}`).join(', ')
    const writer = new ImageGridWriter(path, {
      columns: SHOWN_IMAGES * blocks.length,
      rows: SHOWN_ROWS + 1,
      group: SHOWN_IMAGES,
      scale: scaleFor(pixels.shape),
      title: `${nameOf(first)}: the first ${SHOWN_IMAGES} of ${first.images.toLocaleString('en')} images along each direction; ${chosen}. Mean purity: ${means}`,
    })
    try {
      const lines = Math.max(...blocks.map(({ shown }) => shown[kind].length))
      for (let line = 0; line < lines; line++)
        for (const { basis, own, shown, ranked } of blocks)
          await writer.write(tilesOf(basis, shown[kind].at(line), own, ranked, pixels))
      if (control.ranked.size > 0)
        await writer.write(tilesOf('uniform', 0, control.own, control.ranked, pixels))
      await writer.close()
    } catch (error) {
      await writer.abort()
      throw error
    }
  }
  return figures.map(({ path }) => path)
}

/** A row's images; blank where a basis has fewer directions, or a stream fewer images. */
function tilesOf(
  basis: string,
  direction: number | undefined,
  rows: readonly Coherence[],
  ranked: Rows,
  { shape, of: imageOf }: Images,
): readonly Tile[] {
  const images = direction === undefined ? [] : (ranked.get(direction) ?? [])
  const row = rows.find((one) => one.direction === direction && one.end === 'top' && one.k === SHOWN_IMAGES)
  const blank = new Float32Array(shape[0] * shape[1] * shape[2]).fill(1)
  return Array.from({ length: SHOWN_IMAGES }, (_, i) => {
    const image = images.at(i)
    return {
      shape,
      pixels: (image && imageOf.get(image.sample)) ?? blank,
      caption: image ? String(image.label) : '',
      ...(i === 0 && direction !== undefined && { heading: rowHeading(basis, direction, row) }),
    }
  })
}

interface Images {
  readonly shape: ImageShape
  readonly of: ReadonlyMap<string, Float32Array>
}

async function pixelsOf(path: string): Promise<Images | undefined> {
  const images = new Map<string, Float32Array>()
  let shape: ImageShape | undefined
  for await (const { dataset, split, index, pixels, shape: own } of readRecords('images', path)) {
    shape ??= own
    const size = pixels.length / index.length
    index.forEach((sample, row) =>
      images.set(sampleKey(dataset, split, sample), pixels.slice(row * size, (row + 1) * size)),
    )
  }
  return shape && [1, 3].includes(shape[2]) ? { shape, of: images } : undefined
}

/** The first images of each direction, in order, by basis. */
async function firstImages(path: string): Promise<ReadonlyMap<string, Rows>> {
  const bases = new Map<string, Map<number, Ranked[]>>()
  const columns = ['basis', 'direction', 'rank', 'dataset', 'split', 'index', 'label']
  for await (const batch of readParquet(path, { columns, batchSize: 8192 })) {
    const [direction, rank, index, label] = ['direction', 'rank', 'index', 'label'].map((name) =>
      integersOf(batch, name),
    )
    const [basis, dataset, split] = ['basis', 'dataset', 'split'].map((name) => columnOf(batch, name))
    for (let row = 0; row < rank.length; row++) {
      // most rows are further down: their texts are not decoded
      if (rank[row] > SHOWN_IMAGES) continue
      const name = String(basis.get(row))
      const rows = bases.get(name) ?? new Map<number, Ranked[]>()
      bases.set(name, rows)
      const images = rows.get(direction[row]) ?? []
      rows.set(direction[row], images)
      const sample = sampleKey(String(dataset.get(row)), String(split.get(row)), index[row])
      images[rank[row] - 1] = { sample, label: label[row] }
    }
  }
  return bases
}

function meanPurity(rows: readonly Coherence[]): string {
  const mean = basisCoherence(rows.filter(({ end, k }) => end === 'top' && k === SHOWN_IMAGES)).at(0)
  if (!mean || mean.purity.n === 0) return '–'
  return `${mean.purity.value.toFixed(2)} ${interval(mean.purity)}`.trim()
}

/** Small images are enlarged to about a hundred pixels. */
const scaleFor = ([height, width]: ImageShape) => Math.max(1, Math.floor(84 / Math.max(height, width)))
