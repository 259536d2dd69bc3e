import { BlindspotError } from '../../../operators/errors.js'
import { elementId } from '../../../operators/records/fieldIds.js'
import { isLater, isList, type TableColumn } from '../../../operators/records/schema.js'
import { TABLES, isTableName } from '../../../operators/records/tables.js'
import type { ParquetColumn } from '../../../sources/parquetColumns.js'
import type { DataFile } from './dataFile.js'

/** A column as table formats have it. */
export interface SchemaColumn {
  readonly name: string
  readonly type: NonNullable<ParquetColumn['type']>
  /** Whether every row of every file has a value. */
  readonly required: boolean
  /** Whether every value in its lists is one; true of a column without. */
  readonly elementRequired: boolean
  /** Parquet field id; undefined of a table that is none of `TABLES`, whose files have none. */
  readonly id: number | undefined
  /** The same of the values in its lists. */
  readonly elementId: number | undefined
}

/** What a table is made of: the columns of its files, and the keys of their folders, texts that the files have not. */
export interface TableSchema {
  readonly columns: readonly SchemaColumn[]
  readonly keys: readonly string[]
}

/**
 * The schema of a table with more files, which have other columns than those before: as `TABLES` says, and else as the files
 * do. A column that some file lacks, or has with nulls, may be null; none ever goes, or gets another type.
 *
 * @param before undefined where the table begins
 * @throws BlindspotError `bad-data`, naming file and column, where a type is none that the formats have, or two differ
 */
export function schemaWith(
  before: TableSchema | undefined,
  table: string,
  files: readonly DataFile[],
): TableSchema {
  const own = isTableName(table) ? TABLES[table].columns.map(columnOf) : []
  const found = new Map((before?.columns ?? own).map((column) => [column.name, column]))
  const add = (column: SchemaColumn) => {
    if (!found.has(column.name)) found.set(column.name, column)
  }
  for (const column of own) add({ ...column, required: false })
  let isFirst = before === undefined
  for (const { file, columns } of files) {
    if (columns === undefined) continue
    for (const { type, ...column } of columns) {
      const known = found.get(column.name)
      if (type === undefined)
        throw wrong(file, column.name, 'has a type that table formats here do not have; write it as another')
      if (known !== undefined && known.type !== type)
        throw wrong(file, column.name, `is ${type}, in files before ${known.type}; write it to another table`)
      for (const of of ['id', 'elementId'] as const)
        if ((known?.[of] ?? column[of]) !== (column[of] ?? known?.[of]))
          throw wrong(file, column.name, `has field id ${column[of]}, in files before ${known?.[of]}`)
      found.set(column.name, {
        ...{ name: column.name, type, id: known?.id ?? column.id },
        elementId: known?.elementId ?? column.elementId,
        required: column.required && (known?.required ?? isFirst),
        elementRequired: column.elementRequired && (known?.elementRequired ?? true),
      })
    }
    const there = new Set(columns.map(({ name }) => name))
    for (const column of found.values())
      if (column.required && !there.has(column.name)) found.set(column.name, { ...column, required: false })
    isFirst = false
  }
  const keys = new Set([...(before?.keys ?? []), ...files.flatMap(({ partition }) => Object.keys(partition))])
  for (const key of keys)
    if (found.has(key)) throw wrong(`table ${table}`, key, 'is a key of its folders, too; rename one')
  return { columns: [...found.values()], keys: [...keys] }
}

const columnOf = (column: TableColumn): SchemaColumn => ({
  name: column.name,
  type: column.kind.type,
  required: !column.kind.nullable && !isLater(column),
  elementRequired: true,
  id: column.id,
  elementId: column.id === undefined || !isList(column) ? undefined : elementId(column.id),
})

const wrong = (file: string, column: string, what: string) =>
  new BlindspotError('bad-data', `${file}: column ${column} ${what}`)
