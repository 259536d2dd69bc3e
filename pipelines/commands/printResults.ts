import { printable } from '../../operators/errors.js'
import { tableText } from '../../sinks/table/text.js'
import type { Table } from '../../sinks/table/table.js'
import type { Results } from '../results.js'
import { print, type CommonOptions } from './command.js'

/** What a job has made, as its command prints it. */
export interface PrintedResults extends Omit<Results<string>, 'tables'> {
  readonly folder: string
  readonly rows: readonly (readonly [table: string, rows: number])[]
  readonly backend: string
}

/**
 * Prints what a job has made: some of its tables, then where everything is, the verdicts, time and memory.
 *
 * @param tables in the order in which they are printed
 * @param began when the job began, as `performance.now()` says it
 * @param more what there is beside, for JSON, and as lines
 */
export function printResults(
  options: CommonOptions,
  { data, files, figures, report, rows, folder, backend }: PrintedResults,
  tables: readonly Table[],
  began: number,
  more: { readonly fields: object; readonly lines?: readonly string[] },
): void {
  const seconds = (performance.now() - began) / 1000
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024)
  const { columns: width } = process.stdout
  print(
    options,
    {
      ...data,
      ...{ folder, files, figures, ...more.fields, report, rows: Object.fromEntries(rows) },
      ...{ seconds, peakMemoryMb: megabytes },
    },
    ...tables.map((table) => tableText(table, { width })),
    `data set ${folder}: ${rows.map(([table, n]) => `${n} ${table}`).join(', ')}`,
    ...(more.lines ?? []),
    `tables ${files.join(' ')}`,
    `figures ${figures.join(' ')}`,
    ...('file' in report
      ? [...Object.values(report.verdicts).map((line) => printable(line)), `report ${report.file}`]
      : [`no report: ${report.reason}`]),
    `${seconds.toFixed(1)} s, peak memory ${megabytes} MB, ${backend}`,
  )
}
