import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { DataType, type RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import { requireText } from '../operators/options/requireKinds.js'
import { numericOf, textOf, valueType, wholeOf, type Numeric } from '../operators/records/numeric.js'
import { columnOf } from '../operators/records/rows.js'
import type { Case } from '../operators/engine/targets.js'
import { bytesOfObject } from './objects/copies.js'
import { unreadable } from './openFile.js'
import { readParquet } from './parquet.js'
import { isRemote } from './place.js'

/**
 * The cases of an attack from a CSV or Parquet file with columns `index` (position in the split, from 0) and
 * `target` (class); other columns are ignored. Whole numbers of any type are read, also decimals, floats and texts of digits;
 * any other number or type is an error.
 *
 * @throws BlindspotError `bad-data` that names file, row and column; `bad-option` for a path where nothing is; `io`
 */
export async function readCases(path: string): Promise<readonly Case[]> {
  requireText('readCases', path, 'the path of a CSV or Parquet file')
  const cases: Case[] = []
  let row = 0
  for await (const [index, target] of path.endsWith('.parquet') ? parquetRows(path) : csvRows(path)) {
    row++
    cases.push({
      index: wholeNumber(index, path, row, 'index'),
      target: wholeNumber(target, path, row, 'target'),
      place: placeOf(path, row),
    })
  }
  if (cases.length === 0)
    throw new BlindspotError('bad-data', `${path}: expected rows of index and target, got none`)
  return cases
}

async function* parquetRows(path: string): AsyncGenerator<readonly [unknown, unknown]> {
  for await (const batch of readParquet(path, { columns: ['index', 'target'] })) {
    const [index, target] = [rowsOf(batch, 'index', path), rowsOf(batch, 'target', path)]
    for (let row = 0; row < batch.numRows; row++) yield [index(row), target(row)]
  }
}

/** A column's rows, numbers or texts of numbers. */
function rowsOf(batch: RecordBatch, name: string, path: string): (row: number) => unknown {
  const column = columnOf(batch, name)
  const type = valueType(column.type as DataType)
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type))
    return (row) => column.get(row) as unknown
  const read = numericOf(column)
  if (read) return read
  throw new BlindspotError(
    'bad-data',
    `${path}: column ${name}: expected whole numbers, got ${String(column.type)}`,
  )
}

async function* csvRows(path: string): AsyncGenerator<readonly [unknown, unknown]> {
  const { parse } = await import('csv-parse')
  const parser = parse({
    columns: (names: string[]) => once(names, path),
    trim: true,
    skip_empty_lines: true,
    bom: true,
  })
  const bytes = isRemote(path) ? Readable.from(bytesOfObject(path)) : createReadStream(path)
  bytes.on('error', (error: Error) => parser.destroy(error)).pipe(parser)
  try {
    for await (const record of parser as AsyncIterable<Record<string, string>>) {
      for (const column of ['index', 'target']) {
        if (column in record) continue
        throw new BlindspotError(
          'bad-data',
          `${path}: expected columns index and target, got ${Object.keys(record).join(', ')}`,
        )
      }
      yield [record['index'], record['target']]
    }
  } catch (error) {
    if (error instanceof BlindspotError) throw error
    const { message, code } = error as NodeJS.ErrnoException
    if (code?.startsWith('E')) throw unreadable(path, error)
    throw new BlindspotError('bad-data', `${path}: ${message}`, { cause: error })
  }
}

/** A row as messages name it, from 1. */
const placeOf = (path: string, row: number): string => `${path}, row ${row}`

function once(names: string[], path: string): string[] {
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return names
  throw new BlindspotError('bad-data', `${path}: there are several columns ${twice}; rename all but one`)
}

/** Texts of digits, with nothing but zeros after a point, as programs write a column of whole numbers with gaps. */
const WHOLE = /^\s*\+?\d+(\.0*)?\s*$/

function wholeNumber(value: unknown, path: string, row: number, column: string): number {
  const number =
    typeof value === 'string'
      ? WHOLE.test(value)
        ? wholeOf(Number(value))
        : undefined
      : value === null
        ? undefined
        : wholeOf(value as Numeric)
  if (number !== undefined && number >= 0) return number
  throw new BlindspotError(
    'bad-data',
    `${placeOf(path, row)}: ${column}: expected a whole number from 0, got ${JSON.stringify(textOf(value))}`,
  )
}
