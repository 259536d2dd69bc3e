/** Letters that may be other ones at most, and the share of a name's that may not. */
const [MOST, LEAST] = [2, 0.4]

/**
 * Which of some names may have been meant by one that is none of them, as commander says it of commands and options; empty where none
 * is near.
 *
 * @example didYouMean('accuracyy', ['accuracy', 'hardest-images']) // ' (Did you mean accuracy?)'
 */
export function didYouMean(given: string, names: readonly string[]): string {
  const near = names
    .map((name) => ({ name, edits: editsBetween(given, name) }))
    .filter(({ name, edits }) => edits <= MOST && 1 - edits / Math.max(given.length, name.length) > LEAST)
  const least = Math.min(...near.map(({ edits }) => edits))
  const meant = near.filter(({ edits }) => edits === least).map(({ name }) => name)
  if (meant.length === 0) return ''
  return ` (Did you mean ${meant.length === 1 ? '' : 'one of '}${meant.join(', ')}?)`
}

/** The least number of letters to put in, take out or change that makes one text the other (Levenshtein's distance). */
function editsBetween(a: string, b: string): number {
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++)
      row.push(Math.min(row[j - 1] + 1, last[j] + 1, last[j - 1] + Number(a[i - 1] !== b[j - 1])))
    last = row
  }
  return last[b.length]
}
