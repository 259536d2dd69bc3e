import { readFileSync } from 'node:fs'
import { DataType } from 'apache-arrow'
import t from 'tap'
import { ofColumns } from '../../../operators/records/batch.js'
import { batchTable } from '../../../operators/records/batchTable.js'
import { checkRows } from '../../../operators/records/checkRows.js'
import { checksOf } from '../../../operators/records/checks.js'
import {
  code,
  flag,
  flagOrNull,
  integer,
  list,
  long,
  name,
  number,
  text,
} from '../../../operators/records/column.js'
import { rowTable } from '../../../operators/records/rowTable.js'
import { asNow, type RecordOf } from '../../../operators/records/schema.js'
import { snakeCase } from '../../../operators/records/snakeCase.js'
import { isTableName, TABLES } from '../../../operators/records/tables.js'
import { openDatabase } from '../../../sources/duckdb.js'
import { bytesOf } from '../../sinks/records.js'

const names = Object.keys(TABLES).filter(isTableName)
const ARROW: Readonly<Record<string, string>> = {
  utf8: 'Utf8',
  int32: 'Int32',
  int64: 'Int64',
  float64: 'Float64',
  bool: 'Bool',
  'list<float32>': 'List<Float32>',
}

t.test('files, views and the data dictionary have the columns of the schema, in its order', async (t) => {
  const database = await openDatabase([])
  t.teardown(() => database.close())
  const page = readFileSync('docs/data-set.md', 'utf8')
  for (const table of names) {
    const { columns, empty } = TABLES[table]
    t.same(
      empty.schema.fields.map(({ name, type, nullable }) => [name, String(type), nullable]),
      columns.map(({ name, kind }) => [name, ARROW[kind.type], kind.nullable]),
      `${table}: Arrow`,
    )
    const view = await database.rows<{ column_name: string; column_type: string }>(
      `SELECT column_name, column_type FROM (DESCRIBE ${table})`,
    )
    t.same(
      view.map(({ column_name, column_type }) => [column_name, column_type]),
      [
        ...columns.map(({ name, kind }) => [name, kind.sql]),
        ['filename', 'VARCHAR'],
        ['file_row_number', 'BIGINT'],
      ],
      `${table}: view`,
    )
    const [, section] = page.split(`\n## \`${table}\`\n`)
    t.same(
      Array.from(section.split('\n## ')[0].matchAll(/^\| `(\w+)`/gm), ([, column]) => column),
      columns.map(({ name }) => name),
      `${table}: page`,
    )
  }
})

t.test('every column has a Parquet field id of its own, for ever', (t) => {
  for (const table of names) {
    const { columns, empty } = TABLES[table]
    const idOf = ({ metadata }: { readonly metadata: ReadonlyMap<string, string> }) =>
      Number(metadata.get('PARQUET:field_id'))
    t.same(
      empty.schema.fields.map(idOf),
      columns.map(({ id }) => id),
      `${table}: columns`,
    )
    t.equal(new Set(empty.schema.fields.map(idOf)).size, columns.length, `${table}: no two are the same`)
    for (const field of empty.schema.fields)
      if (DataType.isList(field.type))
        t.equal(idOf(field.type.valueField), 1000 + idOf(field), `${table}: values of ${field.name}`)
  }
  t.end()
})

t.test('a column that names no null has none, and only numbers are optional in files all the same', (t) => {
  const page = readFileSync('docs/data-set.md', 'utf8')
  for (const table of names) {
    const [section] = page.split(`\n## \`${table}\`\n`)[1].split('\n## ')
    const cells = new Map(
      Array.from(section.matchAll(/^\| `(\w+)`.*$/gm), ([line, column]) => [
        column,
        line.split(' | ')[5].trim(),
      ]),
    )
    const { columns } = TABLES[table]
    const silent = columns.filter(({ name }) => cells.get(name) === '')
    t.ok(silent.length > 0, table)
    t.same(
      silent.filter(({ kind }) => kind.nullable && kind.type !== 'float64').map(({ name }) => name),
      [],
      `${table}: optional`,
    )
    const optional = silent.filter(({ kind }) => kind.nullable)
    for (const { name } of optional) {
      const [check] = checksOf(TABLES[table]).filter(({ columns: [first] }) => first === name)
      t.notOk(check.holds(NaN, 1), `${table}: ${name} refuses null`)
    }
  }
  t.end()
})

t.test('what a schema says of other columns is of columns of its own', (t) => {
  for (const table of names) {
    const { columns, key } = TABLES[table]
    const all = new Set(columns.map(({ name }) => name))
    const said = [
      ...key,
      ...checksOf(TABLES[table]).flatMap((check) => check.columns),
      ...columns.flatMap(({ like }) => (like === undefined ? [] : [snakeCase(like)])),
    ]
    t.same(
      said.filter((column) => !all.has(column)),
      [],
      table,
    )
    t.ok(
      columns.every(({ sentence }) => sentence.endsWith('.')),
      `${table}: sentences`,
    )
  }
  t.end()
})

const STATES = ['yes', 'no'] as const
const made = batchTable({
  row: 'test',
  columns: {
    maker: text('Who made it.', { constant: true, optional: true }),
    word: text('Any text.'),
    state: code(STATES, 'A code.'),
    mood: name(['good', 'bad'], 'A name.', { constant: true, later: true }),
    count: integer('A number.', { least: 1, most: 'ofAll' }),
    ofAll: integer('Another.'),
    maybe: integer('A number or none.', { null: 'sometimes' }),
    big: long('A large number.', { null: 'sometimes', constant: true }),
    real: number('A double.', { least: 0, most: 1, only: { state: ['yes'] } }),
    isSo: flag('A flag.'),
    isKnown: flagOrNull('A flag or none.', { null: 'sometimes' }),
    given: list('A list.'),
    found: list('Another.', { only: { state: ['yes'] }, like: 'given' }),
    extra: list('One more.', { optional: true, like: 'given' }),
  },
  key: ['word', 'ofAll'],
})
const batch = {
  word: ['a', 'ü', 'ü'],
  state: Uint8Array.of(0, 1, 0),
  mood: 'bad',
  count: Int32Array.of(1, 2, 3),
  ofAll: Int32Array.of(3, 3, 3),
  maybe: Int32Array.of(-1, 0, 7),
  big: 2 ** 40,
  real: Float64Array.of(0.5, NaN, 1),
  isSo: Uint8Array.of(1, 0, 1),
  isKnown: Int32Array.of(-1, 0, 1),
  given: Float32Array.of(1, 2, 3, 4, 5, 6),
  found: Float32Array.of(1, -0, 3, 4, 5, Infinity),
} as const satisfies RecordOf<typeof made>

t.test('columns of every kind go to Arrow and come back', (t) => {
  const arrow = made.toArrow(batch)
  t.same(
    arrow.schema.fields.map(({ name }) => name),
    [
      'maker',
      'word',
      'state',
      'mood',
      'count',
      'of_all',
      'maybe',
      'big',
      'real',
      'is_so',
      'is_known',
      'given',
      'found',
      'extra',
    ],
  )
  t.same(made.key, ['word', 'of_all'])
  checkRows(made, arrow)
  t.same(made.fromArrow(arrow).map(bytesOf), [bytesOf(batch)])
  const given = arrow.getChild('given')?.data[0].children[0].values as Float32Array
  t.equal(given.buffer, batch.given.buffer, 'without a copy')
  t.equal(arrow.getChild('found')?.nullCount, 1)
  t.same(made.fromArrow(made.empty), [])

  const whole = { ...batch, maker: 'm', extra: batch.given.map((value) => 2 * value) }
  t.same(made.fromArrow(made.toArrow(whole)).map(bytesOf), [bytesOf(whole)])
  const [without] = made.fromArrow(arrow, { lists: false })
  t.same([without.given.length, without.found.length, without.count], [0, 0, batch.count])

  // of an earlier version
  const { columns } = made
  const earlier = ofColumns(arrow, [
    'word',
    'state',
    'count',
    'of_all',
    'maybe',
    'big',
    'real',
    'is_so',
    'is_known',
    'given',
    'found',
  ])
  t.same(made.fromArrow(earlier).map(bytesOf), [bytesOf({ ...batch, mood: 'good' })])
  t.same(asNow(earlier, columns).schema.names, made.empty.schema.names)
  t.end()
})

t.test('a batch ends where what is constant changes', (t) => {
  const rows = rowTable({
    row: 'test',
    tag: { kind: 'made' },
    columns: {
      mood: name(['good', 'bad'], 'A name.'),
      count: integer('A number.'),
      share: number('A double.', { optional: true }),
    },
    key: ['count'],
  })
  const arrow = rows.toArrow([
    { kind: 'made', mood: 'good', count: 1 },
    { kind: 'made', mood: 'good', count: 2, share: 0.5 },
    { kind: 'made', mood: 'bad', count: 3 },
  ])
  t.same(rows.fromArrow(arrow)[0][1], { kind: 'made', mood: 'good', count: 2, share: 0.5 })
  t.notOk('share' in rows.fromArrow(arrow)[0][0])
  const batches = batchTable({
    row: 'test',
    columns: { mood: name(['good', 'bad'], 'A name.', { constant: true }), count: integer('A number.') },
    key: ['count'],
  })
  t.same(batches.fromArrow(arrow), [
    { mood: 'good', count: Int32Array.of(1, 2) },
    { mood: 'bad', count: Int32Array.of(3) },
  ])
  t.end()
})

t.test('a value that a column cannot have names row and column', (t) => {
  const refused = (changed: Partial<RecordOf<typeof made>>, row: number, message: RegExp) =>
    t.throws(() => checkRows(made, made.toArrow({ ...batch, ...changed })), {
      code: 'bad-data',
      row,
      message,
    })
  refused(
    { count: Int32Array.of(1, 2, 4) },
    2,
    /column count, row 2: expected a whole number from 1 to its of_all, got 4 beside of_all 3/,
  )
  refused({ count: Int32Array.of(1, 0, 3) }, 1, /column count, row 1: expected a whole number from 1/)
  refused(
    { real: Float64Array.of(0.5, NaN, NaN) },
    2,
    /column real, row 2: expected a number from 0 to 1 where its state is yes, and null elsewhere, got null beside state yes/,
  )
  refused({ real: Float64Array.of(0.5, 0.5, 1) }, 1, /column real, row 1: .*got 0\.5 beside state no/)
  refused({ real: Float64Array.of(2, NaN, 1) }, 0, /column real, row 0/)
  t.end()
})
