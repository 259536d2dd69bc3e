import { DataType, type RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import { columnOf } from '../operators/records/rows.js'

/** Whether the values of a type are bytes. */
export const isBytes = (type: DataType): boolean =>
  DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isBinaryView(type)

/** Bytes of a row's encoded image, of a column of bytes or of structs {bytes, path}; copies, as a batch is no longer kept then. */
export function bytesIn(batch: RecordBatch, name: string): (row: number) => Uint8Array | undefined {
  const image = columnOf(batch, name)
  const inside = DataType.isStruct(image.type) ? image.getChild('bytes') : image
  const type = inside?.type as DataType | undefined
  if (inside && type && isBytes(type)) return (row) => (inside.get(row) as Uint8Array | null)?.slice()
  throw new BlindspotError(
    'bad-data',
    `column ${name}: expected a struct {bytes, path} whose bytes are binary, got ${String(image.type)}`,
  )
}
