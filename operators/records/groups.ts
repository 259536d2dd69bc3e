type Key = string | number | boolean

/** The rows whose keys begin alike. */
interface Branch<Row> {
  readonly branches: Map<Key, Branch<Row>>
  rows?: [Row, ...Row[]]
}

/** Rows of the same key together, in the order in which the keys come. */
export function groups<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => readonly Key[],
): readonly (readonly [Row, ...Row[]])[] {
  const root: Branch<Row> = { branches: new Map() }
  const all: [Row, ...Row[]][] = []
  for (const row of rows) {
    let own = root
    for (const part of keyOf(row)) {
      const next = own.branches.get(part) ?? { branches: new Map<Key, Branch<Row>>() }
      own.branches.set(part, next)
      own = next
    }
    if (own.rows) own.rows.push(row)
    else all.push((own.rows = [row]))
  }
  return all
}
