import { readScores } from '../sources/records.js'
import { ErrorCount, type Cell } from './errorCount.js'
import type { Experiment, ResultTable } from './paperSteps.js'
import { fraction, quickNote } from './table1Format.js'
import { rate, type Estimate } from './tables/statistics.js'

/** A row of Table 2 or 4: what was shown, its size, and a cell for each victim. */
export interface ErrorRow {
  /** The source model, with the size where it is amplified, or `gaussian σ`. */
  readonly name: string
  /** Average RMS distortion; for noise its standard deviation. */
  readonly distortion: number
  readonly cells: ReadonlyMap<string, Cell>
}

/** Counts errors per victim in files of the table `scores`: of given samples, or the first so many rows of each. */
export async function countErrors(
  paths: readonly string[],
  { samples, first = Infinity }: { readonly samples?: ReadonlySet<number>; readonly first?: number },
): Promise<ReadonlyMap<string, Cell>> {
  const counts = new Map<string, ErrorCount>()
  for await (const batch of readScores(paths)) {
    const count = counts.get(batch.model) ?? new ErrorCount()
    counts.set(batch.model, count)
    for (let row = 0; row < batch.index.length && count.rows < first; row++) {
      if (!samples || samples.has(batch.index[row])) count.add(batch, row)
    }
  }
  return new Map([...counts].map(([model, { cell }]) => [model, cell]))
}

const percent = (value: number) => (100 * value).toFixed(1)
const interval = ({ low, high }: Estimate) => `[${percent(low)}, ${percent(high)}]`

/** How a table of errors is labelled, and what it is compared with. */
export interface ErrorTableLabels {
  readonly table: string
  /** Models of the columns, and what the paper calls them. */
  readonly victims: readonly { readonly name: string; readonly label: string }[]
  /** What the paper calls a row. */
  readonly label: (row: string) => string
  /** In per cent, by row; columns in the order of `victims`. */
  readonly published: ReadonlyMap<string, readonly number[]>
  /** What was attacked and noised. */
  readonly images: string
  /** Images that the networks were trained on. */
  readonly trained: number
  /** What else there is to say. */
  readonly notes?: readonly string[]
  /** Of the tidy table, without its extension. */
  readonly file: string
}

/** Error of each model (column) on what was made for each model (row), and on Gaussian noise. */
export function formatErrorTable(
  { quick, limit, seed }: Experiment,
  rows: readonly ErrorRow[],
  { table, victims, label, published, images, trained, notes = [], file }: ErrorTableLabels,
): ResultTable {
  const cells = rows.flatMap(({ name, distortion, cells }) =>
    victims.flatMap(({ name: victim }, column) => {
      const cell = cells.get(victim)
      if (!cell) return []
      const paper = published.get(name)?.[column]
      const [all, right] = [rate(cell.all), rate(cell.right)]
      return [{ name, distortion, victim, cell, paper, all, right }]
    }),
  )
  const printedCell = (name: string, victim: string) => {
    const found = cells.find((cell) => cell.name === name && cell.victim === victim)
    if (!found) return '–'
    return `${percent(found.all.value)} (${found.paper ?? '–'})\n${interval(found.all)}`
  }
  return {
    printed: {
      title: `${table}: error in % of the model in the column on what was made for the row. Ours (the paper’s) [95 %]`,
      header: ['made for \\ fed to', ...victims.map((victim) => victim.label), 'distortion', 'N'],
      rows: rows.map(({ name, distortion, cells: row }) => [
        label(name),
        ...victims.map((victim) => printedCell(name, victim.name)),
        distortion.toFixed(3),
        String(Math.max(0, ...[...row.values()].map(({ all }) => all.images))),
      ]),
      notes: [
        ...(quick ? [quickNote(trained, limit)] : []),
        `N: successful examples, read back from their files; of noise, the first N of the same ${images} in the order of seed ${seed}, unclipped`,
        ...notes,
        '95 %: Wilson score intervals',
        `errors over the images that a victim gets right when clean: columns clean_* of ${file}.csv`,
      ],
    },
    tidy: cells.map(({ name, distortion, victim, cell, paper, all, right }) => ({
      made_for: name,
      fed_to: victim,
      distortion,
      n: all.n,
      errors: cell.all.count,
      error: all.value,
      error_low: all.low,
      error_high: all.high,
      error_paper: paper === undefined ? null : fraction(paper),
      clean_n: right.n,
      clean_errors: cell.right.count,
      clean_error: right.value,
      clean_error_low: right.low,
      clean_error_high: right.high,
    })),
  }
}
