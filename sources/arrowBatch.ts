import { DataType, type Data, type RecordBatch } from 'apache-arrow'

/**
 * Checks that what an Arrow batch says of its columns is there: lengths, offsets, places in dictionaries. The library reads
 * what lies beyond as undefined, or 0.
 *
 * @throws RangeError that names the column
 */
export function checkBatch(batch: RecordBatch): void {
  batch.schema.fields.forEach(({ name }, i) => {
    const data: Data | undefined = batch.data.children.at(i)
    if (data === undefined || data.length < batch.numRows)
      throw new RangeError(
        `column ${name}: expected ${batch.numRows} rows, as the batch has, got ${data?.length ?? 0}`,
      )
    checkData(name, data)
  })
}

/** The parts of a column, of whatever type. */
interface Parts {
  readonly type: DataType
  readonly length: number
  readonly offset: number
  readonly nullCount: number
  readonly stride: number
  readonly nullBitmap?: { readonly length: number }
  readonly values?: ArrayLike<number | bigint>
  readonly valueOffsets?: ArrayLike<number | bigint>
  readonly children: readonly Parts[]
  readonly dictionary?: { readonly length: number; readonly data: readonly Parts[] }
  getValid(row: number): boolean
}

function checkData(name: string, data: Parts): void {
  const { type, length, offset, children } = data
  const need = (what: string, there: number | undefined, least: number) => {
    if ((there ?? 0) < least)
      throw new RangeError(`column ${name}: expected ${least} ${what}, got ${there ?? 0}`)
  }
  if (!(length >= 0)) throw new RangeError(`column ${name}: expected a number of rows from 0, got ${length}`)
  if (data.nullCount > 0 && !DataType.isNull(type))
    need('bytes of nulls', data.nullBitmap?.length, Math.ceil((offset + length) / 8))
  if (DataType.isDictionary(type)) {
    need('values', data.values?.length, length)
    const entries = data.dictionary?.length ?? 0
    for (let row = 0; row < length; row++) {
      const entry = Number(data.values?.[row])
      if (data.getValid(row) && !(entry >= 0 && entry < entries))
        throw new RangeError(
          `column ${name}, row ${row}: expected an entry of a dictionary of ${entries}, got ${entry}`,
        )
    }
    for (const part of data.dictionary?.data ?? []) checkData(name, part)
  } else if (data.valueOffsets && !DataType.isUnion(type)) {
    const most = children.length > 0 ? children[0].length : (data.values?.length ?? 0)
    checkOffsets(name, data.valueOffsets, length, most)
  } else if (DataType.isFixedSizeList(type)) need('list values', children[0]?.length, length * type.listSize)
  else if (DataType.isBool(type)) need('bytes', data.values?.length, Math.ceil((offset + length) / 8))
  else if (children.length === 0 && !DataType.isNull(type))
    need('values', data.values?.length, length * data.stride)
  if (DataType.isStruct(type)) for (const child of children) need('rows', child.length, length)
  for (const child of children) checkData(name, child)
}

function checkOffsets(name: string, offsets: ArrayLike<number | bigint>, length: number, most: number): void {
  if (length === 0) return
  let before = 0
  for (let row = 0; row <= length; row++) {
    const at = row < offsets.length ? Number(offsets[row]) : NaN
    if (!(at >= before && at <= most))
      throw new RangeError(
        `column ${name}, row ${row}: expected its values to begin from ${before} to ${most}, got ${at}`,
      )
    before = at
  }
}
