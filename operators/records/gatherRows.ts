import {
  DataType,
  Type,
  Vector,
  makeData,
  type Data,
  type Float,
  type Int,
  type RecordBatch,
} from 'apache-arrow'
import { BlindspotError } from '../errors.js'
import { batchOf } from './batch.js'

/**
 * Rows of a batch in the order in which they are named; views where they lie one after the other, else copies.
 *
 * @throws BlindspotError `bad-data`, naming the column, for rows apart of other types than numbers, texts, flags and lists of them
 */
export function gatherRows(batch: RecordBatch, rows: Int32Array): RecordBatch {
  const first = rows.length === 0 ? 0 : rows[0]
  if (rows.every((row, i) => row === first + i))
    return rows.length === batch.numRows ? batch : batch.slice(first, first + rows.length)
  const children = batch.data.children.map((data, i) => taken(batch.schema.fields[i].name, data, rows))
  return batchOf(batch.schema.fields, children, rows.length, batch.schema.metadata)
}

function taken(name: string, data: Data, rows: Int32Array): Data {
  const type: DataType = data.type
  const whole = { length: rows.length, ...validityOf(data, rows) }
  if (DataType.isInt(type))
    return makeData({ type, ...whole, data: picked(data.values as Int['TArray'], rows) })
  if (DataType.isFloat(type))
    return makeData({ type, ...whole, data: picked(data.values as Float['TArray'], rows) })
  if (DataType.isBool(type)) {
    const flags = new Vector([data])
    return makeData({ type, ...whole, data: bitsOf(rows, (row) => flags.get(row) === true) })
  }
  if (DataType.isUtf8(type)) {
    const { spans, valueOffsets } = spansOf(data, rows)
    return makeData({ type, ...whole, valueOffsets, data: joined(data.values as Uint8Array, spans) })
  }
  if (DataType.isList(type)) {
    const { spans, valueOffsets } = spansOf(data, rows)
    return makeData({ type, ...whole, valueOffsets, child: stretches(name, data.children[0], spans) })
  }
  throw new BlindspotError(
    'bad-data',
    `column ${name}: rows of type ${Type[data.typeId]} cannot be picked out one by one; write batches in which those that belong together lie together`,
  )
}

type Numbers = Int['TArray'] | Float['TArray']

/** As many values of the type of others. */
const alike = <T extends Numbers>(values: T, length: number) =>
  new (values.constructor as new (length: number) => T)(length)

/** The values of some rows. */
function picked<T extends Numbers>(values: T, rows: Int32Array): T {
  const own = alike(values, rows.length)
  for (let i = 0; i < rows.length; i++) own[i] = values[rows[i]]
  return own
}

/** Values from one to before another, several times, joined. */
function joined<T extends Uint8Array | Float['TArray']>(values: T, spans: readonly Span[]): T {
  const own = alike(values, lengthOf(spans))
  let at = 0
  for (const [from, to] of spans) {
    own.set(values.subarray(from, to), at)
    at += to - from
  }
  return own
}

const lengthOf = (spans: readonly Span[]) => spans.reduce((sum, [from, to]) => sum + to - from, 0)

/** The values of lists in the spans that they have, joined. */
function stretches(name: string, child: Data, spans: readonly Span[]): Data {
  const type = child.type
  const length = lengthOf(spans)
  if (DataType.isFloat(type) && child.nullCount === 0)
    return makeData({ type, length, nullCount: 0, data: joined(child.values as Float['TArray'], spans) })
  const rows = new Int32Array(length)
  let at = 0
  for (const [from, to] of spans) for (let row = from; row < to; row++) rows[at++] = row
  return taken(name, child, rows)
}

type Span = readonly [from: number, to: number]

/** Where the values of some rows lie, and where they begin once they are joined. */
function spansOf(data: Data, rows: Int32Array) {
  const offsets = data.valueOffsets as Int32Array
  const valueOffsets = new Int32Array(rows.length + 1)
  const spans = Array.from(rows, (row, i): Span => {
    valueOffsets[i + 1] = valueOffsets[i] + offsets[row + 1] - offsets[row]
    return [offsets[row], offsets[row + 1]]
  })
  return { spans, valueOffsets }
}

function validityOf(data: Data, rows: Int32Array) {
  if (data.nullCount === 0) return { nullCount: 0 }
  const nullCount = rows.reduce((sum, row) => sum + Number(!data.getValid(row)), 0)
  return { nullCount, nullBitmap: bitsOf(rows, (row) => data.getValid(row)) }
}

/** Bit i of byte i / 8, least significant first. */
function bitsOf(rows: Int32Array, isSet: (row: number) => boolean): Uint8Array {
  const bits = new Uint8Array((rows.length + 7) >> 3)
  rows.forEach((row, i) => (bits[i >> 3] |= Number(isSet(row)) << (i & 7)))
  return bits
}
