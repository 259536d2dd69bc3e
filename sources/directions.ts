import { basename, extname } from 'node:path'
import type { RecordBatch } from 'apache-arrow'
import { DataType, Vector } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import { requireText } from '../operators/options/requireKinds.js'
import { isNumeric, numericOf, realOf, textOf, valueType } from '../operators/records/numeric.js'
import { columnOf } from '../operators/records/rows.js'
import type { DirectionMatrix } from '../operators/ranking/basis.js'
import { readArrow } from './arrow.js'
import { readParquet } from './parquet.js'

/**
 * Directions of one's own for `rank`: a row each of a Parquet file or an Arrow file (IPC, stream or file format, Feather,
 * uncompressed), from its column `values`, or its only column of lists of numbers.
 *
 * @param name what the basis is called. Default: the file's name without its extension.
 * @throws BlindspotError `bad-data`, naming file and row, where there is no such column, or lists are of several lengths or
 * have something else than finite numbers; `bad-option` for a path where nothing is; `io`.
 * @example
 * const directions = rank({ basis: ['unit', await readDirections('ica.parquet')] })
 */
export async function readDirections(path: string, name?: string): Promise<DirectionMatrix> {
  requireText('readDirections', path, 'the path of a Parquet or Arrow file')
  const rows: Float64Array[] = []
  const batches = path.endsWith('.parquet') ? readParquet(path) : readArrow(path)
  for await (const batch of batches) {
    const name = listColumn(batch, path)
    const column = columnOf(batch, name)
    for (let i = 0; i < batch.numRows; i++)
      rows.push(direction(column.get(i), { path, row: rows.length, name }, rows.at(0)))
  }
  const units = rows.at(0)?.length
  if (units === undefined || units === 0)
    throw new BlindspotError('bad-data', `${path}: expected a direction in each row, got none`)
  const directions = new Float64Array(rows.length * units)
  rows.forEach((row, i) => directions.set(row, i * units))
  return { name: name ?? basename(path, extname(path)), units, directions }
}

function listColumn(batch: RecordBatch, path: string): string {
  const lists = batch.schema.fields.filter(
    ({ type }) =>
      (DataType.isList(type) || DataType.isLargeList(type) || DataType.isFixedSizeList(type)) &&
      isNumeric(valueType(type.children[0].type as DataType)),
  )
  const found = lists.find(({ name }) => name === 'values') ?? (lists.length === 1 ? lists[0] : undefined)
  if (found) return found.name
  const there = batch.schema.fields.map(({ name, type }) => `${name} (${String(type)})`).join(', ')
  throw new BlindspotError(
    'bad-data',
    `${path}: expected a column values, or one column of lists of numbers, got ${there}`,
  )
}

function direction(
  value: unknown,
  { path, row, name }: { readonly path: string; readonly row: number; readonly name: string },
  first: Float64Array | undefined,
): Float64Array {
  const refuse = (what: string) =>
    new BlindspotError('bad-data', `${path}, row ${row}: ${what} (column ${name})`)
  const read = value instanceof Vector ? numericOf(value) : undefined
  if (!(value instanceof Vector) || !read) throw refuse('expected a list of numbers, got null')
  if (first && value.length !== first.length)
    throw refuse(`expected ${first.length} values as in row 0, got ${value.length}`)
  return Float64Array.from({ length: value.length }, (_, i) => {
    const each = read(i)
    const number = each === null ? undefined : realOf(each)
    if (number !== undefined && Number.isFinite(number)) return number
    const expected =
      number === undefined && each !== null ? 'numbers that float64 holds exactly' : 'finite numbers'
    throw refuse(`expected ${expected}, got ${textOf(each)} at ${i}`)
  })
}
