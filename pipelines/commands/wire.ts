import { concat, tap } from 'rxjs'
import { BlindspotError } from '../../operators/errors.js'
import { sampleKey } from '../../operators/records/image.js'
import type { TableName, Tables } from '../../operators/records/tables.js'
import type { Unreadable } from '../../operators/records/unreadable.js'
import { toArrowStream } from '../../sinks/arrowStream.js'
import { Models } from '../steps/models.js'
import { stepRows } from '../steps/stepRows.js'
import type { Effort, Step } from '../steps/stepKind.js'
import { count, many } from '../tables/words.js'
import { interrupt, Unkept, type CommonOptions } from './command.js'
import { keepForRows, put } from './outputs.js'
import { columnName, jsonLine } from './jsonLine.js'
import type { ProgressBar } from './progressBar.js'
import { sayUnreadable } from './warnUnreadable.js'

/** What went to standard output. */
export type Streamed = {
  readonly rows: number
  /** Images that could not be read. */
  readonly unreadable: number
}

/**
 * Performs steps and writes their rows of one table to standard output as they are made, one Arrow stream of all. A reader that is
 * slow holds the work up; one that leaves ends it, and has what it wanted. Nothing is kept to go on after.
 *
 * @param each is told of rows before they are written
 * @throws BlindspotError `bad-option` where standard output is a terminal, `io` where it cannot be written to; those of the steps
 */
export async function streamRows<Name extends TableName & ('examples' | 'scores' | 'ranks')>(
  table: Name,
  steps: readonly Step[],
  effort: Effort,
  each: (rows: Tables[Name]) => void = () => undefined,
): Promise<Streamed> {
  if (process.stdout.isTTY)
    throw new BlindspotError(
      'bad-option',
      `--out -: expected a pipe or a file for the rows of ${table}, got a terminal; add | python …, or > ${table}.arrows`,
    )
  keepForRows()
  const models = new Models(process.cwd(), effort.backend)
  const unreadable = new Map<string, Unreadable>()
  const onUnreadable = (rows: readonly Unreadable[]) => {
    for (const row of rows) unreadable.set(sampleKey(row.dataset, row.split, row.index), row)
  }
  let rows = 0
  const made = concat(
    ...steps.map((step) => stepRows(step, table, { ...effort, onUnreadable }, models)),
  ).pipe(
    tap((some) => {
      rows += some.index.length
      each(some)
    }),
  )
  try {
    for await (const bytes of toArrowStream(made, table)) if (!(await put(bytes))) break
  } catch (error) {
    throw interrupt.signal.aborted ? interruption(rows) : failure(error)
  } finally {
    await models.dispose()
  }
  const [first] = unreadable.values()
  if (unreadable.size > 0) sayUnreadable(unreadable.size, `the first is ${first.path}: ${first.reason}`)
  return { rows, unreadable: unreadable.size }
}

/** Streams the rows of steps and says how many there were, once their bar has stopped. */
export async function streamAndTell(
  options: CommonOptions,
  table: 'scores' | 'ranks',
  steps: readonly Step[],
  effort: Effort,
  bar: ProgressBar,
): Promise<void> {
  const streamed = await streamRows(table, steps, effort)
  bar.stop()
  told(options, table, streamed)
}

/** Says on standard error what went to standard output. */
export function told(
  { json }: CommonOptions,
  table: TableName,
  { rows, ...more }: Streamed & Readonly<Record<string, number>>,
): void {
  if (json) return console.error(jsonLine({ table, rows, ...more }))
  const words = (name: string) => columnName(name).replaceAll('_', '-')
  const parts = Object.entries(more).map(([name, n]) => (n > 0 ? `, ${count(n)} ${words(name)}` : ''))
  console.error(`${many(rows, 'row')} of ${table} to standard output${parts.join('')}`)
}

const interruption = (rows: number) =>
  new Unkept(
    `interrupted; the stream on standard output ends after ${count(rows)} rows, without its end mark, and the same command begins anew`,
  )

function failure(error: unknown): unknown {
  const isOfSystem = error instanceof Error && 'syscall' in error && error.syscall === 'write'
  return isOfSystem
    ? new BlindspotError('io', `standard output cannot be written to: ${error.message}`, { cause: error })
    : error
}
