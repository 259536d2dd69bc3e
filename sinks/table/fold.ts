/**
 * A line in lines of at most so many characters: at spaces, where there are any, else within a word. A text that is no wider stays
 * as it is.
 *
 * @param width from 1
 * @param cut default true; false: a word that is longer than a line stays whole, as a path to be copied
 */
export function fold(text: string, width: number, cut = true): readonly string[] {
  const most = Math.max(1, width)
  const lines: string[] = []
  let rest = text
  while (rest.length > most) {
    const before = rest.lastIndexOf(' ', most)
    const isWords = rest.slice(0, Math.max(before, 0)).trim() !== ''
    const after = cut ? -1 : rest.indexOf(' ', rest.search(/\S/))
    if (!isWords && !cut && after === -1) break
    const at = isWords ? before : cut ? most : after
    lines.push(rest.slice(0, at).trimEnd())
    rest = rest.slice(at).trimStart()
  }
  return rest === '' && lines.length > 0 ? lines : [...lines, rest]
}
