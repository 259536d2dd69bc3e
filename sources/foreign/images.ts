import { basename } from 'node:path'
import { DataType, type Data } from 'apache-arrow'
import type { Framing } from '../../operators/classifier/framing.js'
import { BlindspotError, warnOnce } from '../../operators/errors.js'
import type { ImageBatch, ImageShape } from '../../operators/records/image.js'
import { columnOf } from '../../operators/records/rows.js'
import { readPlacedArrow } from '../arrow.js'
import { bytesIn } from '../encodedImages.js'
import { ahead } from '../imagenet/ahead.js'
import { batchesOf } from '../imagenet/batches.js'
import type { Photograph } from '../imagenet/layout.js'
import { shuffleBuffer } from '../imagenet/shuffleBuffer.js'
import { labelsIn, withoutClass } from '../labels.js'
import { readPlaced, type PlacedBatch } from '../parquet.js'
import { conditionsLeft } from '../partitions.js'
import { rowsIn } from '../records.js'
import type { Stored } from '../stored.js'
import { runsIn, type Run } from '../where.js'
import { decoderOf } from './decoder.js'
import type { ForeignFiles } from './look.js'
import { numbersIn, numberTypeIn, type NumbersOfRow } from './nestedNumbers.js'
import { pixelsOf, shapeOf, type NumberForm } from './pixels.js'

/** Which images, in which order, and what they are called. */
export interface ForeignChoice {
  readonly dataset: string
  readonly split: string
  readonly skip: number
  readonly limit: number
  readonly seed: number | undefined
  readonly batchSize: number
  /** How a network takes photographs. */
  readonly framing: Framing | undefined
  readonly signal: AbortSignal
}

/** Rows of a batch that are taken out of a row group at a time. */
const ROWS = 64
/** Images that are decoded at a time. */
const AT_ONCE = 16

/**
 * Images of files that are no table of a data set, by their place among all rows. A row that is no image is noted as `unreadable`.
 *
 * @throws BlindspotError `bad-data`, naming file and row, where columns or options do not fit
 */
export async function* foreignImages(
  files: ForeignFiles,
  stored: Stored,
  choice: ForeignChoice,
): AsyncGenerator<ImageBatch, void, undefined> {
  const { dataset, split, batchSize, signal, framing } = choice
  const names = { dataset, split, batchSize, concurrency: AT_ONCE }
  const rows = rowsOf(files, stored, files.isFiltered || choice.seed !== undefined ? 0 : choice.skip, signal)
  if (files.isEncoded) {
    const decoders = decoderOf(stored.shape, framing)
    const { first, all } = await peeked(rows, decoders.isReadable)
    const decoder = await decoders.of(first?.bytes)
    yield* ahead(batchesOf(chosen(files, all, choice), { ...names, ...decoder }, signal))
  } else {
    const { first, all } = await peeked(rows, ({ numbers }) => Promise.resolve(typeof numbers !== 'string'))
    const form = first && formOf(files, stored, first)
    const photographs = mapped(all, (row) => ofNumbers(row, form))
    const decode = (bytes: Uint8Array) => Promise.resolve(floats(bytes))
    const batching = { ...names, shape: form?.shape ?? NOTHING, decode }
    yield* batchesOf(chosen(files, photographs, choice), batching, signal)
  }
}

/** Of images of which there is none. */
const NOTHING: ImageShape = [1, 0, 1]

/** A row before it is an image. */
interface Row extends Photograph {
  /** Numbers of a row of lists, or why there are none. */
  readonly numbers?: NumbersOfRow | string
  readonly place: { readonly path: string; readonly column: string; readonly row: number }
  readonly type: DataType | undefined
}

/** Those that are asked for, in their order: the shuffle comes before skip and limit. */
async function* chosen(
  { isFiltered }: ForeignFiles,
  photographs: AsyncGenerator<Photograph, void, undefined>,
  { dataset, split, seed, skip, limit }: ForeignChoice,
): AsyncGenerator<Photograph, void, undefined> {
  const ordered = seed === undefined ? photographs : shuffleBuffer(photographs, seed, dataset, split, skip)
  let before = seed === undefined ? skip : 0
  let taken = 0
  for await (const photograph of ordered) {
    // of all rows those before the first were left out in part: their place tells
    if (seed === undefined && (isFiltered ? before-- > 0 : photograph.index < skip)) continue
    yield photograph
    if (++taken >= limit) return
  }
}

/** The rows that meet the conditions, from the row groups that have some from a position on. */
async function* rowsOf(
  files: ForeignFiles,
  stored: Stored,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Row, void, undefined> {
  const { image, label, isEncoded, classes } = files
  let start = 0
  for (const [file, path] of files.paths.entries()) {
    let end = start
    // of Parquet it is said how many rows there are: those that are wanted come alone
    const conditions = stored.format === 'arrow' ? conditionsLeft(path, stored.where ?? {}) : []
    for await (const placed of placedIn(files, stored, path, (last) => start + last > from)) {
      signal.throwIfAborted()
      const { before, batch } = placed
      const bytes = isEncoded ? rowsIn(placed, (all) => bytesIn(all, image)) : undefined
      const column = isEncoded ? undefined : rowsIn(placed, (all) => columnOf(all, image).data[0] as Data)
      const numbers = column && numbersIn(column)
      const labels = label === undefined ? undefined : rowsIn(placed, (all) => labelsIn(all, label))
      for (const row of rowsWithin(rowsIn(placed, (all) => runsIn(all, conditions)))) {
        const own = labels?.[row] ?? 0
        const encoded = bytes?.(row)
        const error =
          labelError(own, labels && classes) ?? (isEncoded && !encoded ? WITHOUT_BYTES : undefined)
        yield {
          index: start + before + row,
          label: own,
          path: `${basename(path)}/${before + row}`,
          bytes: error ? () => Promise.reject(error) : (encoded ?? NO_BYTES),
          place: { path, column: image, row: before + row },
          type: column && numberTypeIn(column.type),
          ...(numbers && { numbers: error?.message ?? numbers(row) }),
        }
      }
      end = start + before + batch.numRows
    }
    start = files.rows ? start + files.rows[file] : end
  }
}

/** Why a label is none, where it is none. */
function labelError(label: number, classes: readonly string[] | undefined): BlindspotError | undefined {
  if (label < 0) return withoutClass(label)
  if (classes === undefined || label < classes.length) return undefined
  return new BlindspotError('bad-data', `its class is ${label}: expected one from 0 to ${classes.length - 1}`)
}

const WITHOUT_BYTES = new BlindspotError('bad-data', 'its bytes are empty')
const NO_BYTES = new Uint8Array(0)

function* rowsWithin(runs: readonly Run[]): Generator<number, void, undefined> {
  for (const [from, to] of runs) for (let row = from; row < to; row++) yield row
}

function placedIn(
  { image, label }: ForeignFiles,
  { format, where = {} }: Stored,
  path: string,
  isWanted: (last: number) => boolean,
): AsyncGenerator<PlacedBatch, void, undefined> {
  const columns = label === undefined || label === image ? [image] : [image, label]
  const conditional = conditionsLeft(path, where).map(([name]) => name)
  return format === 'arrow'
    ? readPlacedArrow(path, { columns: [...new Set([...columns, ...conditional])] })
    : readPlaced(path, { columns, where, batchSize: ROWS }, (_, to) => isWanted(to))
}

/** Rows that are looked through for the first image. */
const MOST_BEFORE = 1024

/**
 * The first row that is an image, and all rows.
 *
 * @throws BlindspotError `bad-data` where so many come before it that the column is of something else
 */
async function peeked(
  rows: AsyncGenerator<Row, void, undefined>,
  isImage: (row: Row) => Promise<boolean>,
): Promise<{ readonly first: Row | undefined; readonly all: AsyncGenerator<Row, void, undefined> }> {
  const before: Row[] = []
  let first: Row | undefined
  while (first === undefined) {
    const next = await rows.next()
    if (next.done) break
    before.push(next.value)
    if (await isImage(next.value)) first = next.value
    else if (before.length === MOST_BEFORE) {
      await rows.return()
      const { path, column, row } = before[0].place
      throw new BlindspotError(
        'bad-data',
        `${path}: column ${column}: expected images, got none in ${MOST_BEFORE} rows from row ${row} on; name another column, as image=COLUMN`,
      )
    }
  }
  async function* all(): AsyncGenerator<Row, void, undefined> {
    try {
      yield* before.splice(0)
      yield* rows
    } finally {
      await rows.return()
    }
  }
  return { first, all: all() }
}

async function* mapped<A, B>(
  values: AsyncGenerator<A>,
  f: (value: A) => B,
): AsyncGenerator<B, void, undefined> {
  for await (const value of values) yield f(value)
}

function formOf(
  { metadata }: ForeignFiles,
  stored: Stored,
  { numbers, place, type }: Row,
): NumberForm | undefined {
  if (numbers === undefined || typeof numbers === 'string') return undefined
  const { shape: asked, scale, planes = false } = stored
  const found = shapeOf(numbers, stored, metadata.get('shape'), place)
  if (found === undefined)
    warnOnce(
      `${place.path}: column ${place.column}: its images are taken as 1 × ${numbers.values.length} × 1; shape=HEIGHTxWIDTHxCHANNELS says otherwise`,
    )
  const isBytes = type !== undefined && DataType.isInt(type) && type.bitWidth === 8 && !type.isSigned
  return {
    shape: found ?? [1, numbers.values.length, 1],
    isAsked: asked !== undefined,
    scale: scale ?? (isBytes ? 255 : 1),
    isScaled: scale !== undefined || isBytes,
    planes,
    sizes: asked === undefined && numbers.sizes.length > 1 ? numbers.sizes : undefined,
  }
}

/** A row of numbers in the form in which photographs come: its pixels are its bytes. */
function ofNumbers(row: Row, form: NumberForm | undefined): Photograph {
  const { numbers, place } = row
  if (numbers === undefined || typeof numbers === 'string' || form === undefined)
    return failed(row, new BlindspotError('bad-data', typeof numbers === 'string' ? numbers : 'it is empty'))
  try {
    const pixels = pixelsOf(numbers, form, place)
    return { ...row, bytes: new Uint8Array(pixels.buffer) }
  } catch (error) {
    // what is wrong with the columns or options is no fault of one image
    if (!(error instanceof BlindspotError) || error.message.includes(place.path)) throw error
    return failed(row, error)
  }
}

const failed = (row: Row, error: BlindspotError): Photograph => ({
  ...row,
  bytes: () => Promise.reject(error),
})

const floats = (bytes: Uint8Array) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
