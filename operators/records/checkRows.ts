import type { RecordBatch } from 'apache-arrow'
import { checksOf, requiredColumns } from './checks.js'
import { RowError } from './rowError.js'
import { columnOf, flagsOf, integersOf, numbersOf, textsOf } from './rows.js'
import type { Table, TableColumn } from './schema.js'

/**
 * A column's value in a row: NaN is a number, whole or not, or a flag that is null; of a list whether it is there.
 */
type Value = number | string | boolean

/**
 * Checks what is read of a table, before anything is made of it: that no column is null which may not be, and every value
 * is one that the table can have. What a file lacks is left to who needs it.
 *
 * @throws RowError `bad-data`, naming row, column, what was expected and what came
 */
export function checkRows(table: Pick<Table<never>, 'columns' | 'rules'>, batch: RecordBatch): void {
  const there = new Set(batch.schema.fields.map(({ name }) => name))
  for (const name of requiredColumns(table).filter((column) => there.has(column))) requireValues(batch, name)
  const values = new Map(
    table.columns.filter(({ name }) => there.has(name)).map((column) => [column.name, load(column, batch)]),
  )
  for (const check of checksOf(table)) {
    const { columns, expected } = check
    if (!columns.every((name) => there.has(name))) continue
    const [first, ...others] = columns.map((name) => values.get(name)?.() ?? [])
    for (let row = 0; row < batch.numRows; row++) {
      const beside = others.map((column) => column[row])
      if (check.holds(first[row], ...beside)) continue
      const also = beside.map((value, i) => `${columns[i + 1]} ${told(value)}`).join(', ')
      throw new RowError(row, columns[0], expected, `${told(first[row])}${also && ` beside ${also}`}`)
    }
  }
}

function requireValues(batch: RecordBatch, name: string): void {
  const column = columnOf(batch, name)
  if (column.nullCount === 0) return
  const row = Array.from({ length: column.length }, (_, i) => i).find((i) => !column.isValid(i)) ?? 0
  throw new RowError(row, name, 'a value', 'null')
}

const told = (value: Value) =>
  value === true ? 'a list' : value === false || Number.isNaN(value) ? 'null' : String(value)

/** A column as its table has it, whatever type of numbers a file has it in, once it is asked for. */
function load({ name, kind }: TableColumn, batch: RecordBatch): () => ArrayLike<Value> {
  let values: ArrayLike<Value> | undefined
  return () => (values ??= valuesOf(name, kind.type, batch))
}

function valuesOf(name: string, type: TableColumn['kind']['type'], batch: RecordBatch): ArrayLike<Value> {
  const column = columnOf(batch, name)
  switch (type) {
    case 'utf8':
      return textsOf(batch, name)
    case 'bool':
      return nullsAsNaN(column, flagsOf(batch, name, 0))
    case 'int32':
      return nullsAsNaN(column, integersOf(batch, name, 0))
    case 'int64':
    case 'float64':
      return numbersOf(batch, name)
    case 'list<float32>':
      return Array.from({ length: column.length }, (_, row) => column.isValid(row))
  }
}

function nullsAsNaN(column: ReturnType<typeof columnOf>, values: ArrayLike<number>): ArrayLike<number> {
  if (column.nullCount === 0) return values
  return Float64Array.from({ length: values.length }, (_, row) => (column.isValid(row) ? values[row] : NaN))
}
