/** Rows of the same key together, in the order in which the keys come. */
export function groups<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => readonly (string | number | boolean)[],
): readonly (readonly [Row, ...Row[]])[] {
  const all = new Map<string, [Row, ...Row[]]>()
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row))
    const group = all.get(key)
    if (group) group.push(row)
    else all.set(key, [row])
  }
  return [...all.values()]
}
