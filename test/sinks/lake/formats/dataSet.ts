import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Table, type DataType, vectorFromArray, type RecordBatch, type Vector } from 'apache-arrow'
import { TABLES, isTableName } from '../../../../operators/records/tables.js'
import { metadataIn, type Metadata } from '../../../../sinks/lake/formats/icebergMetadata.js'
import type { Lake, LakeFile } from '../../../../sinks/lake/lake.js'
import { openLake } from '../../../../sinks/lake/openLake.js'
import { readParquet } from '../../../../sources/parquet.js'
import { examplesOf, scoresOf } from '../../records.js'

/** Keys' values that paths, URIs and readers of folders could take for something else. */
export const ODD = ['FC10(1) ä=b/c', 'x y', '100%25 #?&+', '日本 🙂']

/** Rows with columns of any type, none of them with a field id. */
export function batchOf(columns: Readonly<Record<string, Vector>>): RecordBatch {
  const [batch] = new Table(columns).batches
  return batch
}

export const vector = vectorFromArray

export async function put(
  lake: Lake,
  table: string,
  step: string,
  partition: Readonly<Record<string, string>>,
  rows: unknown,
): Promise<string> {
  const writer = lake.writer<string>(table, { step, partition })
  await writer.write(rows as RecordBatch)
  return (await writer.close()).file
}

/** Appends to `scores` and `examples`, a commit each: keys that are odd, nulls, lists, awkward values, a file without rows. */
export async function oddDataSet(folder: string): Promise<Lake> {
  const lake = await openLake(folder)
  for (const [i, shown] of ODD.entries())
    await put(lake, 'scores', `s${i}`, { shown }, scoresOf(i + 2, 100 * i, 'FC10(1)', i % 2 ? 0.25 : NaN))
  await put(lake, 'scores', 'none', { shown: 'none' }, TABLES.scores.empty)
  for (const source of ODD.slice(0, 2)) await put(lake, 'examples', 'e', { source }, examplesOf(4, 7, source))
  return lake
}

/** A value as it is compared: floating point by its bits, NaN as one. */
function shownOf(value: unknown, type: string): unknown {
  if (value === null || value === undefined) return null
  if (type.startsWith('list<'))
    return Array.from(value as Iterable<unknown>, (each) => shownOf(each, type.slice(5, -1)))
  if (typeof value === 'bigint') return String(value)
  if (!type.startsWith('float')) return value
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(Number(value))
  return Number.isNaN(value) ? 'NaN' : bytes.toString('hex')
}

const typeOf = (type: { toString(): string }): string => type.toString().toLowerCase()

export interface Rows {
  /** Columns with their types, in the order of their names. */
  readonly types: readonly (readonly [name: string, type: string])[]
  /** Rows as JSON, in their order. */
  readonly rows: readonly string[]
}

/** The rows of a table's files as our own reader has them, with the keys of their folders. */
export async function expectedOf(lake: Lake, table: string, chosen?: readonly LakeFile[]): Promise<Rows> {
  const files = chosen ?? (await lake.files({ table }))
  const types = new Map<string, string>(
    isTableName(table) ? TABLES[table].columns.map(({ name, kind }) => [name, kind.type]) : [],
  )
  const all: Record<string, unknown>[] = []
  const keys = new Set((await lake.files({ table })).flatMap(({ partition }) => Object.keys(partition)))
  for (const key of keys) types.set(key, 'utf8')
  for (const { path, partition } of files)
    for await (const batch of readParquet(path)) {
      for (const { name, type } of batch.schema.fields) types.set(name, typeOf(type as DataType))
      for (let row = 0; row < batch.numRows; row++)
        all.push({
          ...partition,
          ...Object.fromEntries(
            batch.schema.fields.map(({ name, type }) => [
              name,
              shownOf(batch.getChild(name)?.get(row), typeOf(type as DataType)),
            ]),
          ),
        })
    }
  const sorted = [...types].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    types: sorted,
    rows: all.map((row) => JSON.stringify(sorted.map(([name]) => row[name] ?? null))).sort(),
  }
}

interface Action {
  readonly protocol?: object
  readonly metaData?: { readonly schemaString: string; readonly partitionColumns: readonly string[] }
  readonly txn?: { readonly version: number }
  readonly add?: { readonly path: string; readonly stats: string; readonly partitionValues: object }
  readonly remove?: { readonly path: string }
}

/** The actions of a version in a Delta log. */
export const actionsOf = (folder: string, table: string, version: number): readonly Action[] =>
  readFileSync(join(folder, table, '_delta_log', `${String(version).padStart(20, '0')}.json`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Action)

/** The present metadata of an Iceberg table. */
export function metadataOf(folder: string, table: string): Metadata {
  const place = join(folder, table, 'metadata')
  const version = readFileSync(join(place, 'version-hint.text'), 'utf8')
  return metadataIn(readFileSync(join(place, `v${version}.metadata.json`), 'utf8'))
}
