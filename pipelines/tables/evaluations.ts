import type { Table } from '../../sinks/table/table.js'
import { numberCell, rateCell, textCell } from './cells.js'

/** Errors of a model on some images. */
export interface Errors {
  readonly model: string
  /** Where the model was loaded from. */
  readonly path: string
  readonly images: number
  readonly errors: number
}

/** Error rates of models on the same images, which are nobody's data set yet: there is no SQL for them. */
export const evaluationsTable = (title: string, rows: readonly Errors[]): Table => ({
  id: 'evaluations',
  title,
  claim: '',
  verdict: undefined,
  missing: [],
  of: 'model',
  columns: [
    { key: 'path', title: 'from' },
    { key: 'images', title: 'images' },
    { key: 'errors', title: 'errors' },
    { key: 'error', title: 'error % [95 %]' },
  ],
  rows: rows.map(({ model, path, images, errors }) => ({
    name: model,
    keys: { model },
    n: images,
    cells: [
      textCell(path),
      numberCell(images, 'count'),
      numberCell(errors, 'count'),
      rateCell({ rows: images, images, count: errors }, undefined, { digits: 2 }),
    ],
  })),
  notes: [],
  queries: [],
})
