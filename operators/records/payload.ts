import {
  DataType,
  Field,
  Float16,
  Float32,
  List,
  Precision,
  Uint8,
  makeData,
  type Data,
  type RecordBatch,
} from 'apache-arrow'
import { UNIT_BOX, type Box } from '../minimize/box.js'
import { batchOf } from './batch.js'
import { boxOf } from './boxNote.js'
import type { Payload } from './codes.js'
import { fromFloat16s, toFloat16 } from './float16.js'
import { RowError } from './rowError.js'

/** [n] codes of the nearest levels of a box; values are within it. */
export function codesIn(values: Float32Array, [low, high]: Box): Uint8Array {
  const codes = new Uint8Array(values.length)
  for (let i = 0; i < codes.length; i++) codes[i] = Math.round(((values[i] - low) / (high - low)) * 255)
  return codes
}

/** A level of a box by its code. */
export const levelOf = (code: number, [low, high]: Box): number => low + (code / 255) * (high - low)

/** [n] levels of a box by their codes. */
function levelsOf(codes: Uint8Array, box: Box): Float32Array {
  const levels = Float32Array.from({ length: 256 }, (_, code) => levelOf(code, box))
  const values = new Float32Array(codes.length)
  for (let i = 0; i < values.length; i++) values[i] = levels[codes[i]]
  return values
}

/** Values as they are read again that were stored as a payload; of float32 themselves. */
export function asStored(values: Float32Array, payload: Payload, box: Box = UNIT_BOX): Float32Array {
  if (payload === 'float16') return fromFloat16s(toFloat16(values))
  if (payload === 'uint8') return levelsOf(codesIn(values, box), box)
  return values
}

/**
 * A batch whose lists of float32 are of another type; lists of float32 themselves are the batch itself.
 *
 * @throws RowError `bad-data`, naming row and column, for a value out of the box, which has no code
 */
export function withPayload(batch: RecordBatch, payload: Payload): RecordBatch {
  if (payload === 'float32') return batch
  const box = boxOf(batch) ?? UNIT_BOX
  return withLists(batch, (child, name, list) => {
    const type: DataType = child.type
    if (!DataType.isFloat(type) || type.precision !== Precision.SINGLE) return undefined
    const values = child.values as Float32Array
    const { length, nullCount, nullBitmap } = child
    const own = { length, nullCount, nullBitmap }
    if (payload === 'float16') return makeData({ type: new Float16(), ...own, data: toFloat16(values) })
    requireWithin(values, box, name, list)
    return makeData({ type: new Uint8(), ...own, data: codesIn(values, box) })
  })
}

/** A batch whose lists of float16 and of uint8 are of float32, these by the box that the batch notes, else [0, 1]. */
export function asFloat32(batch: RecordBatch): RecordBatch {
  let box: Box | undefined
  return withLists(batch, (child) => {
    const type: DataType = child.type
    const { length, nullCount, nullBitmap } = child
    const own = { type: new Float32(), length, nullCount, nullBitmap }
    if (DataType.isFloat(type) && type.precision === Precision.HALF)
      return makeData({ ...own, data: fromFloat16s(child.values as Uint16Array) })
    if (!DataType.isInt(type) || type.bitWidth !== 8 || type.isSigned) return undefined
    return makeData({
      ...own,
      data: levelsOf(child.values as Uint8Array, (box ??= boxOf(batch) ?? UNIT_BOX)),
    })
  })
}

/** A batch with other values in its lists, where there are others. */
function withLists(
  batch: RecordBatch,
  convert: (child: Data, name: string, list: Data) => Data | undefined,
): RecordBatch {
  const columns = batch.schema.fields.map((field, i) => {
    const list = batch.data.children[i]
    const type: DataType = list.type
    if (!DataType.isList(type)) return { field, data: list }
    const child = convert(list.children[0], field.name, list)
    if (child === undefined) return { field, data: list }
    const { name, nullable, metadata } = type.valueField
    const own = new List(new Field(name, child.type, nullable, metadata))
    const { length, nullCount, nullBitmap } = list
    const valueOffsets = list.valueOffsets as Int32Array
    const data = makeData({ type: own, length, nullCount, nullBitmap, valueOffsets, child })
    return { field: new Field(field.name, own, field.nullable, field.metadata), data }
  })
  if (columns.every(({ data }, i) => data === batch.data.children[i])) return batch
  return batchOf(
    columns.map(({ field }) => field),
    columns.map(({ data }) => data),
    batch.numRows,
    batch.schema.metadata,
  )
}

function requireWithin(values: Float32Array, [low, high]: Box, name: string, list: Data): void {
  const offsets = list.valueOffsets as Int32Array
  for (let row = 0; row < list.length; row++) {
    if (!list.getValid(row)) continue
    for (let at = offsets[row]; at < offsets[row + 1]; at++)
      if (!(values[at] >= low && values[at] <= high))
        throw new RowError(
          row,
          name,
          `values from ${low} to ${high}, which uint8 has codes for`,
          `${values[at]} at ${at - offsets[row]}`,
        )
  }
}
