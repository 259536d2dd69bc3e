import { isLater, isList } from '../../operators/records/schema.js'
import { TABLES, type TableName } from '../../operators/records/tables.js'
import type { ParquetFooter } from '../../sources/parquetFooter.js'
import type { Fault } from './fault.js'

/** How lists of float32 may be stored. */
const LISTS = /^list<(float32|float16|halffloat|uint8|fixed\w*)>$/

/** Columns of a file that are not those of its table: missing, of another type or with another field id. */
export function schemaFaults(file: string, table: TableName, footer: ParquetFooter): readonly Fault[] {
  const faults: Fault[] = []
  const add = (column: string, message: string) => faults.push({ file, row: null, column, message })
  const ids = new Map(footer.described().map(({ name, id }) => [name, id]))
  for (const column of TABLES[table].columns) {
    const { name, id, kind } = column
    const at = footer.columns.indexOf(name)
    if (at < 0) {
      if (!isLater(column)) add(name, `the table ${table} has it, and the file has not`)
      continue
    }
    const type = footer.types[at]
    if (type !== kind.type && !(isList(column) && LISTS.test(type)))
      add(name, `expected ${kind.type}, got ${type}`)
    const found = ids.get(name)
    if (found !== undefined && id !== undefined && found !== id)
      add(name, `expected the Parquet field id ${id}, got ${found}`)
  }
  return faults
}
