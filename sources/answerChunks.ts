import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import { Field, Schema } from 'apache-arrow'
import { batchOf } from '../operators/records/batch.js'
import type { Answer, AnswerChunk } from './answer.js'
import { arrowForm } from './answerArrow.js'
import { valuesOf } from './sqlValue.js'

/**
 * A result of DuckDB's as an answer.
 *
 * @param ended is asked where no more rows come: throws where they ended before they were all there
 */
export function answerOf(result: DuckDBResult, ended: () => Promise<void>): Answer {
  const names = result.deduplicatedColumnNames()
  const types = result.columnTypes()
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
