import { BlindspotError } from '../operators/errors.js'
import type { Lake } from '../sinks/lake/lake.js'
import { onDisk } from '../sinks/lake/onDisk.js'
import { tidy } from '../sinks/table/csv.js'
import type { Fields, Table } from '../sinks/table/table.js'
import { writeTable } from '../sinks/table/write.js'
import type { Database } from '../sources/duckdb.js'
import { directionFigures } from './figures/directions.js'
import { exampleFigures } from './figures/examples.js'
import { reportOf, type ReportResult } from './report/report.js'
import { askData } from './tables/askData.js'
import type { DataSetTables } from './tables/dataSet.js'
import type { About } from './tables/measured.js'
import type { Restriction } from './tables/restriction.js'
import { dataSetTables } from './tables/tables.js'
import { within } from '../sources/place.js'

/** What a data set says, as values and as files. */
export interface Results<Name extends string> {
  readonly tables: Readonly<Record<Name, Table>>
  /** The tables as the CSV files have them: a line per model, per cell, per layer, basis, end and k. */
  readonly data: Readonly<Record<Name, readonly Fields[]>>
  /** CSV and Markdown files of the tables. */
  readonly files: readonly string[]
  /** PNG files: adversarial pairs, noise, perturbations, rows of images along units and directions. */
  readonly figures: readonly string[]
  /** The page; where there is none, why. */
  readonly report: ReportResult | { readonly reason: string }
}

export interface ResultsOptions<Name extends string> {
  /** Which tables are written to `OUT/tables`, by the names of their files. */
  readonly choose: (tables: DataSetTables) => Readonly<Record<Name, Table>>
  /** Which rows the tables are of. */
  readonly restriction: Restriction
  readonly about?: About | undefined
  /** Names of the networks whose examples are drawn. Default: the paper's. */
  readonly drawn?: readonly string[] | undefined
  /** Write the page `OUT/report.html`. Default true. */
  readonly report?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** Tables and figures of the rows of some steps, as values and as files, and the page. */
export async function resultsOf<Name extends string>(
  lake: Lake,
  { choose, restriction, about, drawn, report, signal }: ResultsOptions<Name>,
): Promise<Results<Name>> {
  const files = await onDisk(lake)
  const ask = async (database: Database): Promise<Results<Name>> => {
    const all = await dataSetTables(database, await lake.files(), restriction, about)
    const tables = choose(all)
    const named = Object.entries<Table>(tables)
    const written: string[] = []
    for (const [name, table] of named)
      written.push(...(await writeTable(within(lake.folder, 'tables'), name, table)))
    const models = drawn && { models: drawn }
    return {
      tables,
      data: Object.fromEntries(named.map(([name, table]) => [name, tidy(table)])) as Results<Name>['data'],
      files: written,
      figures: [
        ...(await exampleFigures(database, lake.folder, { ...restriction, ...models, signal })),
        ...(await directionFigures(database, lake.folder, { ...restriction, signal })),
      ],
      report:
        report === false
          ? { reason: 'not asked for' }
          : await pageOf(lake, { ...files, database, tables: all }, signal),
    }
  }
  return askData(lake, ask, { signal, files: files.present })
}

/** Rows of each table of a data set. */
export async function rowCounts(lake: Lake): Promise<readonly (readonly [table: string, rows: number])[]> {
  const rows = new Map<string, number>()
  for (const { table, rows: n } of await lake.files()) rows.set(table, (rows.get(table) ?? 0) + n)
  return [...rows]
}

/** The page, or why there is none: the work before is done without it. */
async function pageOf(
  lake: Lake,
  source: Parameters<typeof reportOf>[1],
  signal: AbortSignal | undefined,
): Promise<Results<never>['report']> {
  try {
    await lake.verify(source.present)
    return await reportOf(lake, source, { figures: within(lake.folder, 'figures') })
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof BlindspotError) return { reason: error.message }
    throw error
  }
}
