import { requireKnown } from '../../operators/options/knownOptions.js'
import { requireOneOf, requireText } from '../../operators/options/requireKinds.js'
import { BlindspotError } from '../../operators/errors.js'
import { TABLES } from '../../operators/records/tables.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { requireLake } from '../../sinks/lake/requireLake.js'
import { checkWhere, type Where } from '../../sources/where.js'
import type { Exported, ExportOptions } from './exportOptions.js'
import { requireOutside } from '../outside.js'

/**
 * Exports the adversarial examples of a data set that attacks found to a folder, in the order of its files and rows, in bounded
 * memory, with `index.csv`, which comes last: where it is, all is there. What fails leaves nothing.
 *
 * @param out a new or an empty folder, outside the data set
 * @throws BlindspotError `bad-option` where there is none that is asked for, no such column, or another folder; `bad-data` for images that have no picture, or of
 * different shapes as arrays; `io`; the signal's reason
 * @example
 * const lake = await openLake('results', { readOnly: true })
 * await exportExamples(lake, 'arrays', { as: 'npy', where: { method: { equals: 'l-bfgs' } } })
 */
export async function exportExamples(lake: Lake, out: string, options: ExportOptions): Promise<Exported> {
  requireKnown<ExportOptions>('exportExamples', options, {
    ...{ as: true, onRows: true, limit: true, where: true, signal: true },
  })
  requireText('exportExamples: out', out, 'the path of a folder')
  requireOneOf('exportExamples: as', options.as, ['png', 'npy'])
  requireLake('exportExamples', lake)
  await requireOutside(lake, out)
  await requireColumns(lake, options.where)
  const { writeExamples } = await import('./writeExamples.js')
  return writeExamples(lake, out, options)
}

/** Checks that conditions are some, and what they are on is a column of examples, or a key of their folders. */
async function requireColumns(lake: Lake, where: Where = {}): Promise<void> {
  checkWhere(where)
  const keys = (await lake.files({ table: 'examples' })).flatMap(({ partition }) => Object.keys(partition))
  const columns = [...new Set([...TABLES.examples.columns.map(({ name }) => name), ...keys])]
  const unknown = Object.keys(where).find((name) => !columns.includes(name))
  if (unknown === undefined) return
  throw new BlindspotError(
    'bad-option',
    `where: examples have no column ${unknown}; their columns are ${columns.join(', ')}`,
  )
}
