import type { Answer, SqlValue } from '../../sources/query/answer.js'
import type { Table } from '../table/table.js'
import { valueText } from './valueText.js'

/** Rows that are counted at most beyond those that are shown. */
const COUNTED = 1_000_000
/** Characters of a cell at most. */
const WIDEST = 60
/** Significant digits of a double. */
const DIGITS = 6

/**
 * The first rows of an answer as a table for people, with the count of all: doubles to six digits, long values cut.
 *
 * @param most rows that are shown. Default 40
 */
export async function tableAnswer({ columns, chunks }: Answer, most = 40): Promise<Table> {
  const shown: (readonly SqlValue[])[] = []
  let count = 0
  for await (const chunk of chunks) {
    if (shown.length < most) shown.push(...chunk.rows().slice(0, most - shown.length))
    count += chunk.size
    if (count - shown.length > COUNTED) break
  }
  const [first, ...others] = columns
  const more = count - shown.length
  const counted = (n: number) =>
    more > COUNTED ? `over ${COUNTED.toLocaleString('en')}` : n.toLocaleString('en')
  return {
    id: 'answer',
    title: count === 1 ? '1 row' : `${counted(count)} rows`,
    claim: '',
    verdict: undefined,
    missing: [],
    of: first.name,
    columns: others.map(({ name }) => ({ key: name, title: name })),
    rows: shown.map(([name, ...cells]) => ({
      name: cellText(name),
      keys: {},
      cells: cells.map((value) => ({ text: cellText(value) })),
    })),
    notes:
      more > 0 ? [`… ${counted(more)} more rows; --rows N shows more of them, --format csv gives all`] : [],
    queries: [],
  }
}

function cellText(value: SqlValue): string {
  const text = typeof value === 'number' ? shortNumber(value) : valueText(value)
  if (text === null) return 'NULL'
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text
}

const shortNumber = (value: number) =>
  valueText(Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : value)
