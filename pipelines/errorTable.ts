import { readScores } from '../sources/records.js'
import type { Experiment, ResultTable } from './experiment.js'
import { fraction, quickNote } from './table1Format.js'
import { proportion, type Estimate } from './statistics.js'

/** Errors of one victim on what was made for one row of the table. */
export interface Cell {
  readonly n: number
  readonly errors: number
  /** Examples whose clean image the victim gets right, and its errors among them. */
  readonly cleanN: number
  readonly cleanErrors: number
}

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
  const cells = new Map<string, { n: number; errors: number; cleanN: number; cleanErrors: number }>()
  for await (const { model, index, error, cleanError } of readScores(paths)) {
    const cell = cells.get(model) ?? { n: 0, errors: 0, cleanN: 0, cleanErrors: 0 }
    cells.set(model, cell)
    for (let row = 0; row < index.length && cell.n < first; row++) {
      if (samples && !samples.has(index[row])) continue
      cell.n++
      cell.errors += error[row]
      if (cleanError[row] === 1) continue
      cell.cleanN++
      cell.cleanErrors += error[row]
    }
  }
  return cells
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
  { quick, limit }: Experiment,
  rows: readonly ErrorRow[],
  { table, victims, label, published, images, trained, notes = [], file }: ErrorTableLabels,
): ResultTable {
  const cells = rows.flatMap(({ name, distortion, cells }) =>
    victims.flatMap(({ name: victim }, column) => {
      const cell = cells.get(victim)
      if (!cell) return []
      const paper = published.get(name)?.[column]
      const all = proportion(cell.errors, cell.n)
      const right = proportion(cell.cleanErrors, cell.cleanN)
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
        String(Math.max(0, ...[...row.values()].map(({ n }) => n))),
      ]),
      notes: [
        ...(quick ? [quickNote(trained, limit)] : []),
        `N: successful examples, read back from their files; of noise, the first N of the same ${images}, unclipped`,
        ...notes,
        '95 %: Wilson score intervals',
        `errors over the images that a victim gets right when clean: columns clean_* of ${file}.csv`,
      ],
    },
    tidy: cells.map(({ name, distortion, victim, cell, paper, all, right }) => ({
      made_for: name,
      fed_to: victim,
      distortion,
      n: cell.n,
      errors: cell.errors,
      error: all.value,
      error_low: all.low,
      error_high: all.high,
      error_paper: paper === undefined ? null : fraction(paper),
      clean_n: cell.cleanN,
      clean_errors: cell.cleanErrors,
      clean_error: right.value,
      clean_error_low: right.low,
      clean_error_high: right.high,
    })),
  }
}
