import { isWnid } from './names.js'

/**
 * Names that lack in a row of files: of `train-00000-of-00004.parquet` those up to 00003, of numbers at the ends of names, such
 * as `train-000000.tar`, from the least, if that is 0 or 1, to the largest.
 */
export function missingOf(names: readonly string[]): readonly string[] {
  const rows = new Map<
    string,
    { readonly named: (number: number) => string; numbers: number[]; of?: number }
  >()
  for (const name of names) {
    const match = /^(.*?)(\d{3,})(-of-(\d{3,}))?(\.[a-z.]+)$/i.exec(name)
    if (!match || isWnid(name.slice(0, 9))) continue
    const [, before, digits, total = '', of, ending] = match as unknown as [
      string,
      string,
      string,
      string?,
      string?,
      string?,
    ]
    const key = `${before}*${total}${ending}`
    const row = rows.get(key) ?? {
      named: (number) => before + String(number).padStart(digits.length, '0') + total + (ending ?? ''),
      numbers: [],
      ...(of !== undefined && { of: Number(of) }),
    }
    row.numbers.push(Number(digits))
    rows.set(key, row)
  }
  return [...rows.values()].flatMap(({ named, numbers, of }) => {
    const there = new Set(numbers)
    const first = Math.min(...numbers)
    const [from, to] = of === undefined ? [first, Math.max(...numbers)] : [0, of - 1]
    if (from > 1 || to - from > LONGEST) return []
    return Array.from({ length: to - from + 1 }, (_, i) => from + i)
      .filter((number) => !there.has(number))
      .map(named)
  })
}

/** Files of a row at most; larger numbers count something else. */
const LONGEST = 100_000
