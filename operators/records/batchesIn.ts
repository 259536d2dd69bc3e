import type { RecordBatch } from 'apache-arrow'
import { asFloat32 } from './payload.js'
import type { Fields, Notes } from './recordOf.js'
import { completed, isList, type TableColumn } from './schema.js'

/**
 * The batches of a table's rows: one for each stretch in which what is constant stays the same. An optional field is in a
 * batch whose first row has it.
 */
export function batchesIn(
  rows: RecordBatch,
  columns: readonly TableColumn[],
  notes: Notes,
  { lists = true } = {},
): Fields[] {
  const batch = completed(asFloat32(rows), columns)
  const values = valuesIn(
    batch,
    columns.filter((column) => lists || !isList(column)),
  )
  const constants = columns
    .filter((column) => column.constant)
    .map(({ field }) => values.get(field))
    .filter((value) => value !== undefined)
  const noted = notesIn(batch, notes, values.get(columns.find(isList)?.field ?? ''))
  return Array.from(stretches(constants, batch.numRows), ([from, to]) => ({
    ...Object.fromEntries(
      columns.flatMap((column) => fieldOf(column, values.get(column.field), batch, from, to)),
    ),
    ...noted,
  }))
}

/** The values of a column's rows, array or texts. */
type Values = ArrayLike<unknown> & {
  readonly subarray?: (from: number, to: number) => Values
  readonly slice: (from: number, to: number) => Values
}

/** Values of all columns by field, without optional columns that no row has. */
function valuesIn(batch: RecordBatch, columns: readonly TableColumn[]): ReadonlyMap<string, Values> {
  const values = new Map<string, Values>()
  for (const { field, name, kind, optional, like = '' } of columns)
    if (!optional || batch.getChild(name)?.nullCount !== batch.numRows)
      values.set(field, kind.read(batch, name, values.get(like)) as Values)
  return values
}

function notesIn(batch: RecordBatch, notes: Notes, lists: Values | undefined): Fields {
  const length = lists === undefined ? NaN : lists.length / batch.numRows
  const read = Object.entries(notes).map(
    ([name, note]) => [name, note.read(batch.schema.metadata.get(name), length)] as const,
  )
  return Object.fromEntries(read.filter(([, value]) => value !== undefined))
}

/** The field of a batch of the rows [from, to) of `batch`, or none where an optional one has none. */
function fieldOf(
  column: TableColumn,
  values: Values | undefined,
  batch: RecordBatch,
  from: number,
  to: number,
): readonly (readonly [string, unknown])[] {
  const { field, name, kind, constant, optional } = column
  if (values === undefined) return optional ? [] : [[field, kind.of([])]]
  if (
    optional &&
    !(isList(column) ? batch.getChild(name)?.isValid(from) : !Object.is(kind.cell(values, from), kind.none))
  )
    return []
  if (constant) return [[field, kind.cell(values, from)]]
  const length = values.length / batch.numRows
  const part = values.subarray ?? values.slice
  return [[field, part.call(values, from * length, to * length)]]
}

/** Ranges of rows, [from, to), in which all the given columns stay the same. */
function* stretches(
  columns: readonly ArrayLike<unknown>[],
  rows: number,
): Generator<readonly [number, number]> {
  for (let from = 0, to = 1; from < rows; to++) {
    if (to < rows && columns.every((values) => Object.is(values[to], values[from]))) continue
    yield [from, to]
    from = to
  }
}
