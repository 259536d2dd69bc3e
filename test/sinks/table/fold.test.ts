import t from 'tap'
import { fold } from '../../../sinks/table/fold.js'
import { tableText } from '../../../sinks/table/text.js'
import type { Table } from '../../../sinks/table/table.js'

t.test('lines of a width lose no word', (t) => {
  t.same(fold('short', 10), ['short'])
  t.same(fold('', 10), [''])
  t.same(fold('two words here', 9), ['two words', 'here'])
  t.same(fold('abcdefghij klm', 4), ['abcd', 'efgh', 'ij', 'klm'])
  t.same(fold('see /a/long/path.parquet now', 8, false), ['see', '/a/long/path.parquet', 'now'])
  t.same(fold('  indented words of it', 12), ['  indented', 'words of it'])
  const words = Array.from({ length: 200 }, (_, i) => 'x'.repeat(1 + ((i * 7) % 13)))
  for (const width of [1, 5, 13, 40]) {
    const lines = fold(words.join(' '), width)
    t.ok(lines.every((line) => line.length <= width))
    t.equal(lines.join('').replaceAll(' ', ''), words.join(''))
  }
  t.end()
})

t.test('a table is as wide as the terminal, not wider, and whole', (t) => {
  const of = (n: number, text: string): Table => ({
    ...{ id: 'x', title: 'a title that is longer than a narrow terminal has columns', claim: '' },
    ...{
      verdict: undefined,
      missing: ['of this nothing is there at all, as far as one can see'],
      queries: [],
    },
    of: 'network',
    columns: Array.from({ length: n }, (_, i) => ({ key: `c${i}`, title: `column number ${i}` })),
    rows: ['FC100-100-10(1e-5,1e-5,1e-6)', 'b'].map((name) => ({
      ...{ name, keys: {}, n: 256 },
      cells: Array.from({ length: n }, (_, i) => ({ text: `${text}${i}` })),
    })),
    notes: ['a note of many words that goes on beyond the end of the line of a terminal'],
  })
  for (const width of [40, 60, 80, 120])
    for (const table of [
      of(5, 'value '),
      of(2, 'a-long-text-without-any-space-in-it-anywhere-'),
      of(1, 'words '.repeat(20)),
    ]) {
      const text = tableText(table, { width })
      t.same(
        text.split('\n').filter((line) => line.length > width),
        [],
        `${table.columns.length} at ${width}`,
      )
      const letters = text.replaceAll(/[^\p{L}\p{N}]/gu, '')
      for (const { cells } of table.rows)
        for (const cell of cells)
          t.ok(
            letters.includes(
              cell && 'text' in cell ? cell.text.replaceAll(/[^\p{L}\p{N}]/gu, '').slice(0, 12) : '',
            ),
          )
    }
  t.ok(
    tableText(of(5, 'a value of some words '))
      .split('\n')
      .some((line) => line.length > 80),
    'what is piped is not narrowed',
  )
  t.end()
})
