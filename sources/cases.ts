import { createReadStream } from 'node:fs'
import { parse } from 'csv-parse'
import { BlindspotError } from '../operators/errors.js'
import { columnOf } from '../operators/records/rows.js'
import type { Case } from '../operators/targets.js'
import { readParquet } from './parquet.js'

/**
 * The cases of an attack from a CSV or Parquet file with columns `index` (position in the split, from 0) and
 * `target` (class); other columns are ignored.
 *
 * @throws BlindspotError `bad-data` that names file, row and column; `io` where the file cannot be read
 */
export async function readCases(path: string): Promise<readonly Case[]> {
  const cases: Case[] = []
  let row = 0
  for await (const [index, target] of path.endsWith('.parquet') ? parquetRows(path) : csvRows(path)) {
    row++
    cases.push({ index: wholeNumber(index, path, row, 'index'), target: wholeNumber(target, path, row, 'target') })
  }
  if (cases.length === 0) throw new BlindspotError('bad-data', `${path}: expected rows of index and target, got none`)
  return cases
}

async function* parquetRows(path: string): AsyncGenerator<readonly [unknown, unknown]> {
  for await (const batch of readParquet(path, { columns: ['index', 'target'] })) {
    const [index, target] = [columnOf(batch, 'index'), columnOf(batch, 'target')]
    for (let row = 0; row < batch.numRows; row++) yield [index.get(row), target.get(row)]
  }
}

async function* csvRows(path: string): AsyncGenerator<readonly [unknown, unknown]> {
  const parser = createReadStream(path)
    .on('error', (error) => parser.destroy(error))
    .pipe(parse({ columns: true, trim: true, skip_empty_lines: true, bom: true }))
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
    throw new BlindspotError(code?.startsWith('E') ? 'io' : 'bad-data', `${path}: ${message}`, { cause: error })
  }
}

function wholeNumber(value: unknown, path: string, row: number, column: string): number {
  const number = value === '' || value === null || value === undefined ? NaN : Number(value)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw new BlindspotError(
    'bad-data',
    `${path}, row ${row}: ${column}: expected a whole number from 0, got ${JSON.stringify(String(value))}`,
  )
}
