import { InvalidArgumentError } from 'commander'

/** Seeds of one call at most. */
const MOST = 1000

/** An option's seeds, each once: numbers with commas, and from one to another as `1..5`. */
export function seeds(text: string): readonly number[] {
  const all = new Set<number>()
  for (const part of text.split(',')) {
    const ends = /^(\d+)(?:\.\.(\d+))?$/.exec(part.trim())
    const from = Number(ends?.[1] ?? NaN)
    const to = Number(ends?.[2] ?? from)
    if (!(Number.isSafeInteger(to) && from <= to))
      throw new InvalidArgumentError('expected whole numbers such as 1..5 or 1,3,7')
    if (to - from >= MOST || all.size >= MOST)
      throw new InvalidArgumentError(`expected at most ${MOST} seeds`)
    for (let seed = from; seed <= to; seed++) all.add(seed)
  }
  return [...all]
}
