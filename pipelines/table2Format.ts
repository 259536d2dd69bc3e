import { readScores } from '../sources/records.js'
import type { Experiment, ResultTable } from './experiment.js'
import { PUBLISHED_TABLE_1, PUBLISHED_TABLE_2 } from './published.js'
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

/** A row of Table 2: what was shown, its size, and a cell for each victim. */
export interface Table2Row {
  /** The source model, or `gaussian σ`. */
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

/** Table 2: error of each model (column) on what was made for each model (row), and on Gaussian noise. */
export function formatTable2(
  rows: readonly Table2Row[],
  victims: readonly string[],
  { quick, images, limit }: Experiment,
): ResultTable {
  const column = new Map(PUBLISHED_TABLE_1.map(({ architecture }, i) => [architecture, i]))
  const cells = rows.flatMap(({ name, distortion, cells }) =>
    victims.flatMap((victim) => {
      const cell = cells.get(victim)
      if (!cell) return []
      const paper = PUBLISHED_TABLE_2.get(name)?.[column.get(victim) ?? -1]
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
      title:
        'Table 2: error in % of the model in the column on what was made for the row. Ours (the paper’s) [95 %]',
      header: ['made for \\ fed to', ...victims, 'distortion', 'N'],
      rows: rows.map(({ name, distortion, cells: row }) => [
        name,
        ...victims.map((victim) => printedCell(name, victim)),
        distortion.toFixed(3),
        String(Math.max(0, ...[...row.values()].map(({ n }) => n))),
      ]),
      notes: [
        ...(quick ? [quickNote(images.count, limit)] : []),
        'N: successful examples, read back from their files; of noise, the first N of the same training images, unclipped',
        '95 %: Wilson score intervals',
        'errors over the images that a victim gets right when clean: columns clean_* of table2.csv',
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
