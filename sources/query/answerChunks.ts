import {
  DuckDBArrayType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBDataChunk,
  type DuckDBResult,
  type DuckDBType,
} from '@duckdb/node-api'
import { Field, Schema } from 'apache-arrow'
import { BlindspotError } from '../../operators/errors.js'
import { batchOf } from '../../operators/records/batch.js'
import type { Answer, AnswerChunk } from './answer.js'
import { arrowForm } from './arrowForm.js'
import { valuesOf } from './sqlValue.js'

/**
 * A result of DuckDB's as an answer.
 *
 * @throws BlindspotError `bad-option` for a struct whose entries their names do not tell apart
 * @param ended is asked where no more rows come: throws where they ended before they were all there
 */
export function answerOf(result: DuckDBResult, ended: () => Promise<void>): Answer {
  const names = result.deduplicatedColumnNames()
  const types = result.columnTypes()
  types.forEach((type, i) => requireNames(type, names[i]))
  const convert = types.map(valuesOf)
  const forms = types.map(arrowForm)
  const { fields } = new Schema(forms.map(({ type }, i) => new Field(names[i], type, true)))
  const batch = (columns: ReturnType<DuckDBDataChunk['getColumns']>, size: number) =>
    batchOf(
      fields,
      forms.map(({ data }, i) => data(columns[i], names[i])),
      size,
      new Map(),
    )
  const chunkOf = (chunk: DuckDBDataChunk): AnswerChunk => ({
    size: chunk.rowCount,
    rows: () => chunk.getRows().map((row) => row.map((value, i) => convert[i](value))),
    batch: () => batch(chunk.getColumns(), chunk.rowCount),
  })
  async function* chunks(): AsyncGenerator<AnswerChunk, void, undefined> {
    for (;;) {
      const chunk = await result.fetchChunk()
      if (chunk === null || chunk.rowCount === 0) break
      yield chunkOf(chunk)
    }
    await ended()
  }
  return {
    columns: names.map((name, i) => ({ name, type: String(types[i]) })),
    empty: batch(
      forms.map(() => []),
      0,
    ),
    chunks: chunks(),
  }
}

/** DuckDB's values of a struct are by name: of two of one name, or without one, there would be the last alone. */
function requireNames(type: DuckDBType, column: string): void {
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) requireNames(type.valueType, column)
  if (type instanceof DuckDBMapType)
    for (const part of [type.keyType, type.valueType]) requireNames(part, column)
  if (!(type instanceof DuckDBStructType)) return
  const { entryNames, entryTypes } = type
  if (entryNames.some((name) => name === '' || name === '__proto__'))
    throw new BlindspotError(
      'bad-option',
      `column ${column}: ${String(type)} has an entry without a name of its own; name them, as {'a': 1, 'b': 2} does`,
    )
  for (const one of entryTypes) requireNames(one, column)
}
