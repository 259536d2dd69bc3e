import { parse } from 'csv-parse/sync'
import { parseHTML } from 'linkedom'
import { render } from 'preact-render-to-string'
import { h } from 'preact'
import t from 'tap'
import { Table as Html } from '../../../sinks/report/table.js'
import { tableCsv, tidy } from '../../../sinks/table/csv.js'
import { tableMarkdown } from '../../../sinks/table/markdown.js'
import type { Cell, Table } from '../../../sinks/table/table.js'
import { tableText } from '../../../sinks/table/text.js'

const share = (value: number, more: Partial<Cell> = {}): Cell => ({
  ...{ value, low: value - 0.05, high: value + 0.05, n: 40, count: 40 * value, unit: 'percent', digits: 1 },
  ...more,
})
const table: Table = {
  id: 'errors',
  title: 'Errors',
  claim: 'A claim.',
  verdict: { state: 'holds', sentence: 'Holds: it does.', rule: 'holds where it does' },
  missing: ['a row'],
  of: 'made for',
  columns: [
    { key: 'error', title: 'to a', line: { fed_to: 'a' }, names: { n: 'n', count: 'errors' } },
    { key: 'error', title: 'to b', line: { fed_to: 'b' }, names: { n: 'n', count: 'errors' } },
    { key: 'distortion', title: 'average distortion' },
    { key: 'seed', title: 'seed', aside: true },
  ],
  rows: [
    {
      ...{ name: 'first', keys: { made_for: 'first' }, n: 40 },
      cells: [
        share(0.25, {
          ...{ paper: 0.117, differs: true },
          more: [
            {
              key: 'clean_error',
              value: 0.125,
              n: 32,
              unit: 'percent',
              digits: 1,
              after: 'clean',
              shown: true,
            },
          ],
        }),
        undefined,
        { value: 0.06149, low: NaN, high: NaN, n: 1, unit: 'rms', digits: 4 },
        { text: 'seven' },
      ],
    },
    {
      ...{ name: 'a|b', group: 'others', keys: { made_for: 'a|b' }, n: 40 },
      cells: [share(0.5, { paper: 0.5, differs: false }), share(0.75), undefined, undefined],
    },
  ],
  folded: [
    {
      title: 'Differences',
      of: 'basis',
      columns: [{ key: 'difference', title: 'less' }],
      rows: [
        {
          ...{ name: 'unit', keys: { made_for: 'unit' } },
          cells: [
            {
              ...{ value: -0.0004, low: -0.2, high: 0.3, unit: 'signed', digits: 3 },
              more: [
                { key: 'p', value: 1e-7, unit: 'p', digits: 4, before: 'p' },
                { key: 'control', text: 'pixels', before: 'less' },
              ],
            },
          ],
        },
      ],
    },
  ],
  notes: ['A note.'],
  queries: ['SELECT 1'],
}

t.test('CSV: a line for each row and what its columns are of', (t) => {
  const [first, second, third, fourth, ...others] = tidy(table)
  t.same(others, [])
  t.match(first, {
    ...{
      made_for: 'first',
      fed_to: 'a',
      n: 40,
      errors: 10,
      error: 0.25,
      error_paper: 0.117,
      distortion: 0.06149,
    },
    ...{ clean_error: 0.125, clean_error_n: 32, seed: 'seven', distortion_low: null },
  })
  t.match(
    [second, third].map((line) => [line['made_for'], line['fed_to'], line['errors'], line['distortion']]),
    [
      ['a|b', 'a', 20, null],
      ['a|b', 'b', 30, null],
    ],
    'no line where there is no cell',
  )
  t.match(fourth, { made_for: 'unit', difference: -0.0004, difference_low: -0.2, p: 1e-7, control: 'pixels' })
  const read = parse<Record<string, string>>(tableCsv(table), { columns: true })
  t.equal(read.length, 4)
  t.match(read[0], { error: '0.25', error_paper: '0.117', distortion_low: '', p: '' })
  t.end()
})

t.test('text, Markdown and HTML show the same', (t) => {
  const text = tableText(table, { folded: true })
  const markdown = tableMarkdown(table)
  const { document } = parseHTML(render(h(Html, { table })))
  const html = render(h(Html, { table })).replaceAll(/<[^>]*>/g, ' ')
  for (const [face, told] of Object.entries({ text, markdown, html }))
    for (const one of [
      'Errors',
      'first',
      '25.0',
      '11.7',
      '20.0',
      '30.0',
      '12.5 clean',
      '0.0615',
      'N 1',
      '75.0',
      'others',
      'less pixels',
      '0.000',
      'a row',
      'A note.',
    ])
      // prettier-ignore
      t.ok(told.includes(one), `${face}: ${one}`)
  for (const [face, told] of Object.entries({ text, markdown, html })) {
    t.notMatch(told, /seven|NaN|undefined/, `${face}: what is for files alone`)
    t.match(told, /≠/, `${face}: what differs from the paper`)
  }
  for (const [face, told] of Object.entries({ markdown, html }))
    for (const one of ['A claim.', 'Holds: it does.', 'SELECT 1']) t.ok(told.includes(one), `${face}: ${one}`)
  t.notMatch(tableText(table), /Differences/, 'what is folded is for who asks')
  t.match(text, /25\.0 \(≠ 11\.7\) │ +– │ +0\.0615 │ 40 │/)
  t.match(
    text,
    /│ made +│ +to a │ +to b │ +average │ +N │\n│ for +│ +│ +│ +distortion │/,
    'a head is no wider than its column',
  )
  t.match(markdown, /^\| a\\\|b /m, 'a name ends no cell')
  t.match(
    document.querySelector('td.heat, td')?.textContent,
    /^25\.0 ≠, 95 % interval 20\.0 to 30\.012\.5 cleanpaper 11\.7, \+13\.312\.5 clean, N 32$/,
  )
  t.end()
})

/** A table of rows with these names. */
const named = (...names: readonly string[]): Table => ({
  ...table,
  verdict: {
    state: 'open',
    sentence: `Not sure: of ${names.join('; ')}.`,
    rule: 'p < 0.05, [0.1, −0.2], [+0.1, +0.2]',
  },
  columns: table.columns.slice(0, 1),
  rows: names.map((name) => ({ name, group: name, keys: { made_for: name }, cells: [{ text: name }] })),
  folded: [],
  notes: names,
  queries: [`SELECT '${names.join(' ')}'`],
})

t.test('names that would do something to a terminal are text', (t) => {
  const text = tableText(named('a\x1b[2Jb\r\nc\x07\x7f\x9b', 'FC10(1)'))
  t.notMatch(text, /[^\P{Cc}\n]/u)
  t.match(text, /│ a\\x1b\[2Jb\\x0d\\x0ac\\x07\\x7f\\x9b +│/)
  t.match(text, /│ FC10\(1\) +│/)
  t.end()
})

t.test('names that a spreadsheet would compute are text, and numbers stay numbers', (t) => {
  const names = ['=1+1', '+1', '-1', '@A1', '\tx', '\rx', 'FC10(1)', 'a-b', 'two\rlines']
  const read = parse<Record<string, string>>(tableCsv(named(...names)), { columns: true })
  t.same(
    read.map((row) => row['made_for']),
    [...names.slice(0, 6).map((name) => `'${name}`), ...names.slice(6)],
  )
  t.match(tableCsv(table), /,-0\.0004,-0\.2,0\.3,/)
  t.end()
})

t.test('names that GitHub would read as Markdown are text', (t) => {
  const names = [
    'a\nb',
    '<img src=x>',
    '`c`',
    '*d*',
    '_e_',
    '[f](g)',
    '&lt;',
    'h\\',
    'i|j',
    '```',
    'FC10(1)',
    '# k',
  ]
  const markdown = tableMarkdown(named(...names))
  const rows = markdown.split('\n').filter((line) => line.startsWith('| ') && !line.includes('**'))
  t.same(
    rows.slice(2).map((line) => line.split(' | ')[0].replace(/^\| /, '').trim()),
    [
      ...[
        'a\\x0ab',
        '\\<img src=x>',
        '\\`c\\`',
        '\\*d\\*',
        '\\_e\\_',
        '\\[f](g)',
        '\\&lt;',
        'h\\\\',
        'i\\|j',
      ],
      ...['\\`\\`\\`', 'FC10(1)', '# k'],
    ].map(String),
  )
  t.match(markdown, 'Rule: p < 0.05, [0.1, −0.2], [+0.1, +0.2].')
  t.match(markdown, '\n- \\# k\n')
  t.match(markdown, /^````sql$/m)
  t.end()
})

t.test('a table that is wider than the terminal is several boxes', (t) => {
  const columns = ['one', 'two', 'three', 'four', 'five'].map((title) => ({ key: title, title }))
  const wide: Table = {
    ...table,
    columns,
    rows: ['first', 'second'].map((name) => ({
      ...{ name, group: 'a group', keys: { name } },
      cells: columns.map(({ title }) => ({ text: `${name} ${title}` })),
    })),
    folded: [],
  }
  const whole = tableText(wide)
  t.equal(tableText(wide, { width: 200 }), whole)
  t.equal(tableText(wide, { width: undefined }), whole)
  for (const width of [48, 40]) {
    const lines = tableText(wide, { width })
      .split('\n')
      .filter((line) => /[┌│├└]/.test(line))
    t.ok(
      lines.every(({ length }) => length <= width),
      `at ${width}`,
    )
    const told = lines.join('\n')
    for (const { title } of columns) t.equal(told.split(`second ${title} `).length, 2, title)
    t.equal((told.match(/^│ second +│/gm) ?? []).length, told.split('┌').length - 1, 'names in each box')
  }
  t.equal(tableText(wide, { width: 5 }).split('┌').length - 1, 5, 'a column at a time at least')
  t.end()
})

t.test('where the first column does not tell rows apart, each box has the second again, too', (t) => {
  const titles = ['run', 'one', 'two', 'three', 'four']
  const runs: Table = {
    ...table,
    columns: titles.map((title) => ({ key: title, title })),
    rows: ['seed=1', 'seed=2', 'seed=3'].map((run) => ({
      ...{ name: 'FC10', keys: { run } },
      cells: titles.map((title) => ({ text: title === 'run' ? run : `${title} of ${run}` })),
    })),
    folded: [],
  }
  const boxes = tableText(runs, { width: 60 }).split('┌').slice(1)
  t.ok(boxes.length > 1)
  for (const box of boxes)
    for (const run of ['seed=1', 'seed=2', 'seed=3'])
      t.match(box, new RegExp(`^│ FC10 +│ +${run} │.* of ${run} │$`, 'm'))
  const narrow = tableText(runs, { width: 24 }).split('┌').slice(1)
  t.equal(narrow.length, 5, 'where there is no room for it, it is one of the others')
  t.end()
})

t.test('a table without rows', (t) => {
  const empty = { ...table, rows: [], folded: [] }
  t.same(tidy(empty), [])
  t.match(tableText(empty), /^Errors\nmissing: a row\nA note\./)
  t.match(tableMarkdown(empty), /Missing: a row\.\n\n- A note\./)
  t.end()
})
