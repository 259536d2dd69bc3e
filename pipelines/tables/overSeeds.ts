import type {
  Cell,
  Column,
  Grid,
  Measure,
  More,
  Quantity,
  Row,
  Table,
  Verdict,
} from '../../sinks/table/table.js'
import { isMeasure } from '../../sinks/table/numbers.js'
import { meanOverSeeds } from './meanOverSeeds.js'
import { many } from './words.js'

/**
 * A table of the first of several seeds whose cells also say the mean over all seeds, with its 95 % interval by Student's t, and
 * whose verdict says with how many of them it is the same. A row or column that another seed lacks is not counted there.
 *
 * @param tables the same table of each seed
 * @example overSeeds(seeds.map(table1))
 */
export function overSeeds([first, ...others]: readonly [Table, ...Table[]]): Table {
  if (others.length === 0) return first
  const all = [first, ...others]
  return {
    ...first,
    ...gridOverSeeds(all),
    verdict: first.verdict && verdictOverSeeds(first.verdict, all),
    notes: [
      ...first.notes,
      `Over ${many(all.length, 'seed')}: the mean of the numbers of each seed’s networks with its 95 % interval by Student’s t over seeds. A seed is one of weights, of the order of images, and so of the images attacked, of targets and of noise. Where all seeds agree it has no width. What stands above it is of the first seed alone, with its interval over images.`,
    ],
  }
}

function gridOverSeeds(grids: readonly Grid[]): Pick<Grid, 'rows'> {
  const [{ rows, columns }] = grids
  const others = grids.map((grid) => ({
    rows: new Map(grid.rows.map((row) => [placeOf(row), row])),
    columns: new Map(grid.columns.map((column, i) => [keyOf(column), i])),
  }))
  return {
    rows: rows.map((row) => ({
      ...row,
      cells: row.cells.map((cell, i) => {
        const same = others.map((other): Cell | undefined => {
          const at = other.columns.get(keyOf(columns[i]))
          return at === undefined ? undefined : other.rows.get(placeOf(row))?.cells[at]
        })
        return cell && isMeasure(cell) && cell.unit !== 'count' ? cellOverSeeds(cell, same, columns[i]) : cell
      }),
    })),
  }
}

const placeOf = ({ group, keys }: Row) => JSON.stringify([group, keys])
const keyOf = ({ key, line }: Column) => JSON.stringify([key, line])

/** A cell with the mean over seeds beside it, and in files that of its other numbers, too. */
function cellOverSeeds(cell: Measure, all: readonly (Cell | undefined)[], { key }: Column): Measure {
  const measures = all.map((one) => (one && isMeasure(one) ? one : undefined))
  const { more = [] } = cell
  // what was chosen, such as the size of noise, is no number of a seed
  const isChosen = cell.low === undefined && measures.every((one) => one?.value === cell.value)
  if (isChosen) return cell
  const parts = more.flatMap((one): readonly More[] => {
    if (!('value' in one) || one.unit === 'count') return []
    const same = measures.map((other) => other?.more?.find((part) => part.key === one.key))
    const numbers = same.map((part) => (part && 'value' in part ? part : undefined))
    return [{ ...meanOf(one, numbers, one.key), aside: true }]
  })
  return { ...cell, more: [...more, { ...meanOf(cell, measures, key), shown: true }, ...parts] }
}

function meanOf(
  { unit, digits }: Quantity,
  all: readonly (Quantity | undefined)[],
  key: string,
): Quantity & More {
  const range = unit === 'percent' ? { least: 0, most: 1 } : unit === 'rms' ? { least: 0 } : {}
  const { n, ...estimate } = meanOverSeeds(
    all.flatMap((one) => one?.value ?? []),
    range,
  )
  return {
    key: `${key}_seeds_mean`,
    names: { n: `${key}_seeds_n`, low: `${key}_seeds_low`, high: `${key}_seeds_high` },
    before: n === all.length ? `over ${many(n, 'seed')}` : `over ${n} of ${many(all.length, 'seed')}`,
    ...estimate,
    ...{ n, unit, digits, whole: true },
  }
}

const IN_WORDS: Readonly<Record<Verdict['state'], string>> = {
  holds: 'holds',
  partly: 'holds in part',
  no: 'does not hold',
  open: 'cannot be judged',
}

/** The first seed's verdict, and what it is with how many seeds. */
function verdictOverSeeds(first: Verdict, tables: readonly Table[]): Verdict {
  const states = tables.map(({ verdict }) => verdict?.state)
  const told = (Object.keys(IN_WORDS) as Verdict['state'][]).flatMap((state) => {
    const n = states.filter((one) => one === state).length
    return n === 0 ? [] : [`${IN_WORDS[state]} with ${n} of ${many(states.length, 'seed')}`]
  })
  const text = told.join(', ')
  return {
    ...first,
    sentence: `${first.sentence} That is of the first seed; the claim ${text}.`,
    rule: `${first.rule}; over seeds the verdict is the first seed’s, and how many seeds have it or another is counted`,
  }
}
