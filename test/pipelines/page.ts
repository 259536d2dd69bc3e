import { parseHTML } from 'linkedom'

export const all = (within: ParentNode, selector: string) => Array.from(within.querySelectorAll(selector))
const textOf = (element: Element) => element.textContent

/** Cells of a table of the page: their lines by row and column. */
export function cellsOf(html: string, id: string): Record<string, Record<string, string[]>> {
  const { document } = parseHTML(html)
  const columns = all(document, `#${id} thead th`).map(textOf)
  return Object.fromEntries(
    all(document, `#${id} tbody tr`).map((row) => {
      const [name, ...cells] = Array.from(row.children)
      const lines = cells.map((cell) => all(cell, 'b, abbr, small').map(textOf))
      return [textOf(name), Object.fromEntries(lines.map((each, i) => [columns[i + 1], each]))]
    }),
  )
}
