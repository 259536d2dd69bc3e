import { isObject } from '../../options/isObject.js'

/**
 * Checks that an object has no key that is taken for a note though it was meant for more. Notes are the keys `notes` and
 * texts of any name that is not nearly a known one.
 *
 * @param known keys that are read
 * @throws Error that names the key and what keys there are
 */
export function requireKnownKeys(
  value: unknown,
  place: string,
  known: readonly string[],
  notes: readonly string[],
): void {
  if (!isObject(value)) return
  for (const [key, given] of Object.entries(value)) {
    if (known.includes(key) || notes.includes(key)) continue
    const meant = known.find((one) => isNear(key, one))
    if (meant === undefined && typeof given === 'string') continue
    const said = meant === undefined ? '' : `; ${JSON.stringify(meant)} may be meant`
    throw new Error(
      `${place && `${place}.`}${key}: expected one of the keys ${known.join(', ')}, or a note, which is a text${said}`,
    )
  }
}

/** Whether two keys are the same but for capitals and underscores, or for two letters, of short ones one. */
function isNear(a: string, b: string): boolean {
  const [one, other] = [plain(a), plain(b)]
  return distance(one, other) <= (Math.min(one.length, other.length) > 5 ? 2 : 1)
}

const plain = (key: string) => key.replace(/[_\s-]/g, '').toLowerCase()

/** Letters that are to be changed, added or left out to get from one text to another. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(from[i - 1] !== to[j - 1])))
    row = next
  }
  return row[to.length]
}
