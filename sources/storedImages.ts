import type { RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import type { AdversarialBatch } from '../operators/records/adversarial.js'
import { checkImages } from '../operators/records/checkImages.js'
import { successes } from '../operators/records/example.js'
import { pickRows, type ImageBatch } from '../operators/records/image.js'
import { isLater, isList } from '../operators/records/schema.js'
import { TABLES } from '../operators/records/tables.js'
import { readPlacedArrow } from './arrow.js'
import { parquetMetadata, readPlaced, type PlacedBatch } from './parquet.js'
import { checkedRows } from './records.js'
import { storedFiles, type Stored } from './stored.js'

/**
 * Images of stored tables, in batches as they lie in their files: one in memory at a time.
 *
 * @param options.pixels whether they are read; else the batches' are empty. Default true
 * @throws BlindspotError `bad-data` for files of other tables, of several data sets or splits, and as `readRecords`
 */
export async function* storedImages(
  stored: Stored,
  { pixels = true }: { readonly pixels?: boolean } = {},
): AsyncGenerator<ImageBatch, void, undefined> {
  const { path, adversarial = false } = stored
  let first: ImageBatch | undefined
  let last: number | undefined
  for await (const { table, placed } of placedBatches(stored, pixels)) {
    for (const batch of imagesOf(table, placed, adversarial, pixels)) {
      first ??= batch
      requireAlike(placed.path, first, batch)
      const own = withoutRepeated(batch, last)
      if (adversarial && own.index.length < batch.index.length)
        throw new BlindspotError(
          'bad-data',
          `${path}: expected one adversarial example of an image, got several; attack with another goal than all`,
        )
      last = batch.index.at(-1) ?? last
      if (own.index.length > 0) yield own
    }
  }
}

type Kind = 'images' | 'examples'

interface Found {
  readonly table: Kind
  readonly placed: PlacedBatch
}

async function* placedBatches(stored: Stored, pixels: boolean): AsyncGenerator<Found, void, undefined> {
  const { format, where = {} } = stored
  for (const path of await storedFiles(stored)) {
    if (format === 'parquet') {
      const table = tableOf(path, (await parquetMetadata(path)).columns)
      const all = TABLES[table].columns.filter((column) => pixels || !isList(column))
      const optional = all.filter(isLater).map(({ name }) => name)
      const columns = all.map(({ name }) => name)
      for await (const placed of readPlaced(path, { columns, optional, where })) yield { table, placed }
    } else {
      for await (const placed of readPlacedArrow(path, { where })) {
        const columns = placed.batch.schema.fields.map(({ name }) => name)
        yield { table: tableOf(path, columns), placed }
      }
    }
  }
}

function tableOf(path: string, columns: readonly string[]): Kind {
  if (columns.includes('original')) return 'examples'
  if (columns.includes('pixels')) return 'images'
  throw new BlindspotError(
    'bad-data',
    `${path}: expected images of the table images or examples, with a column pixels or original, got columns ${columns.join(', ')}`,
  )
}

function imagesOf(
  table: Kind,
  placed: PlacedBatch,
  adversarial: boolean,
  pixels: boolean,
): readonly ImageBatch[] {
  const lists = { lists: pixels }
  if (table === 'images') {
    if (adversarial)
      throw new BlindspotError(
        'bad-data',
        `${placed.path}: expected the table examples, which has adversarial images, got images`,
      )
    return checkedRows('images', placed, (batch) => {
      if (pixels) checkImages(batch, ['pixels'])
      return TABLES.images.fromArrow(batch, lists)
    }).map(plain)
  }
  const convert = (batch: RecordBatch): AdversarialBatch[] => {
    if (pixels) checkImages(batch, ['original', 'adversarial'])
    return TABLES.examples.fromArrow(batch, lists)
  }
  return checkedRows('examples', placed, convert).map((batch) => {
    const { shape, original } = batch
    if (!adversarial) return plain({ ...batch, pixels: original })
    const found = successes(batch)
    return plain({ ...found, dataset: adversarialName(found.dataset), shape })
  })
}

/** An adversarial image is another than the sample that it was made from, and is not to be taken for it. */
const adversarialName = (dataset: string) => `${dataset}, adversarial`

/** The images alone, without whose run they are of. */
const plain = ({ dataset, split, shape, box, index, label, path, pixels }: ImageBatch): ImageBatch => ({
  ...{ dataset, split, shape, index, label, pixels },
  ...(path && { path }),
  ...(box && { box }),
})

/** Rows of one image are together. */
function withoutRepeated(batch: ImageBatch, last: number | undefined): ImageBatch {
  const { index } = batch
  const rows = [...index.keys()].filter((row) => index[row] !== (row === 0 ? last : index[row - 1]))
  return rows.length === index.length ? batch : pickRows(batch, rows)
}

function requireAlike(path: string, first: ImageBatch, { dataset, split, shape }: ImageBatch): void {
  if (dataset !== first.dataset || split !== first.split)
    throw new BlindspotError(
      'bad-data',
      `${path}: expected images of one data set and split, got ${first.dataset} ${first.split} and ${dataset} ${split}; write them to files of their own`,
    )
  if (shape.join() !== first.shape.join())
    throw new BlindspotError(
      'bad-data',
      `${path}: expected images of one size, got ${first.shape.join(' × ')} and ${shape.join(' × ')}; write them to files of their own`,
    )
}
