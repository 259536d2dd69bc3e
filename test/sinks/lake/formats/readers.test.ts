import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Float64, Int64, Utf8, Bool } from 'apache-arrow'
import t, { type Test } from 'tap'
import { TABLES } from '../../../../operators/records/tables.js'
import { commit } from '../../../../sinks/lake/commit.js'
import { homeOf } from '../../../../sinks/lake/home.js'
import { openLake } from '../../../../sinks/lake/openLake.js'
import { publish } from '../../../../sinks/lake/formats/publish.js'
import { localStore } from '../../../../sources/store.js'
import { python } from '../../../python.js'
import { examplesOf, scoresOf } from '../../records.js'
import { batchOf, expectedOf, metadataOf, ODD, oddDataSet, put, vector, type Rows } from './dataSet.js'

const found = python([
  ...['deltalake', 'duckdb', 'polars', 'pyarrow.dataset', 'pyiceberg.table'],
  ...[
    'duckdb_extension_avro',
    'duckdb_extension_delta',
    'duckdb_extension_httpfs',
    'duckdb_extension_iceberg',
  ],
])
const skip = 'skip' in found ? found.skip : false

interface Request {
  readonly format: 'delta' | 'iceberg'
  readonly table: string
  /** Of Delta the version, of Iceberg the commit. */
  readonly version?: number
  readonly where?: readonly [column: string, value: string | number | boolean]
  /** Readers that cannot read it. */
  readonly without?: readonly string[]
}
type Answer = Readonly<
  Record<string, Rows & { readonly files?: number; readonly required: readonly string[] }>
>

/** What each reader reads of each request. */
function read(requests: readonly Request[]): readonly Answer[] {
  const { stdout, stderr, status } = spawnSync(
    'path' in found ? found.path : '',
    ['test/sinks/lake/formats/readers.py'],
    { input: JSON.stringify(requests), encoding: 'utf8', maxBuffer: 2 ** 28 },
  )
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as readonly Answer[]
}

const FORMATS = ['delta', 'iceberg'] as const
const sortedRows = ({ types, rows }: Rows): Rows => ({ types, rows: [...rows].sort() })

/** Whether all readers of both formats have the rows and types of a table's files. */
async function isSame(
  t: Test,
  folder: string,
  tables: readonly string[],
  { without = [] }: Pick<Request, 'without'> = {},
): Promise<void> {
  const lake = await openLake(folder, { readOnly: true })
  const requests = tables.flatMap((table) =>
    FORMATS.map((format) => ({ format, table: join(folder, table), ...(format === 'delta' && { without }) })),
  )
  const answers = read(requests)
  for (const [i, { format, table }] of requests.entries()) {
    const expected = await expectedOf(lake, tables[Math.floor(i / 2)])
    t.equal(Object.keys(answers[i]).length, format === 'delta' ? 3 - without.length : 3)
    for (const [reader, rows] of Object.entries(answers[i]))
      t.same(sortedRows(rows), expected, `${reader} reads ${table} as ${format}`)
  }
}

t.test('readers that others wrote have the same rows and types', { skip }, async (t) => {
  const folder = t.testdir()
  await oddDataSet(folder)
  await publish(localStore(folder), FORMATS)
  await isSame(t, folder, ['scores', 'examples'])
})

t.test('they read only the files that a condition asks for, and earlier versions', { skip }, async (t) => {
  const folder = t.testdir()
  const lake = await oddDataSet(folder)
  await publish(localStore(folder), FORMATS)
  const table = join(folder, 'scores')
  const conditions = [
    ...ODD.map((value) => ['shown', value] as const),
    ['index', 201] as const,
    ['target', 3] as const,
    ['error', true] as const,
  ]
  const requests = FORMATS.flatMap((format) => conditions.map((where) => ({ format, table, where })))
  for (const [i, answer] of read(requests).entries()) {
    const { format, where } = requests[i]
    const [column, value] = where
    const { types, rows: all } = await expectedOf(lake, 'scores')
    const at = types.findIndex(([name]) => name === column)
    const expected = all.filter((row) => (JSON.parse(row) as readonly unknown[])[at] === value)
    t.ok(expected.length > 0 && expected.length < all.length)
    for (const [reader, { rows, files }] of Object.entries(answer)) {
      const what = `${reader} reads ${format} where ${column} = ${value}`
      t.same([...rows].sort(), expected, what)
      // one file has them; that without rows has no bounds, and may be read
      if (files !== undefined && column !== 'target' && column !== 'error')
        t.ok(files >= 1 && files <= 2, `${what}: ${files} files`)
    }
  }
  const versions = FORMATS.flatMap((format) =>
    [0, 1, 2, 3].map((version) => ({ format, table, version: format === 'delta' ? version : version + 1 })),
  )
  for (const [i, answer] of read(versions).entries()) {
    const expected = await expectedOf(
      lake,
      'scores',
      (await lake.files({ table: 'scores' })).slice(0, (i % 4) + 1),
    )
    for (const [reader, rows] of Object.entries(answer))
      t.same(sortedRows(rows), expected, `${reader} reads ${versions[i].format} up to commit ${(i % 4) + 1}`)
  }
})

t.test(
  'files of earlier versions, without field ids and some columns, and new ones beside them',
  { skip },
  async (t) => {
    const folder = join(t.testdir(), 'set')
    cpSync('test/fixtures/dataSetV1', folder, { recursive: true })
    await publish(localStore(folder), FORMATS)
    await isSame(t, folder, ['scores'])
    const lake = await openLake(folder)
    await put(lake, 'scores', 'new', { shown: 'new' }, scoresOf(3, 50, 'B', 0.5))
    await lake.checkpoint()
    await isSame(t, folder, ['scores'])
  },
)

/** Values of which statistics are easily wrong. */
const first = () =>
  batchOf({
    x: vector([1.5, NaN, -0, Infinity, null], new Float64()),
    n: vector([2n ** 60n, -(2n ** 62n), 0n, null, 1n], new Int64()),
    text: vector(['a', '', '\ufffd', '\u{1f642}\uffff', 'z'.repeat(200)], new Utf8()),
  })

t.test(
  'columns that come later, files that are replaced, and values that are awkward',
  { skip },
  async (t) => {
    const folder = t.testdir()
    const lake = await openLake(folder)
    await put(lake, 'measures', 'a', { kind: 'k 1' }, first())
    await publish(localStore(folder), FORMATS)
    await isSame(t, folder, ['measures'])
    const second = { n: vector([5n, 6n], new Int64()), x: vector([NaN, NaN], new Float64()) }
    await put(
      lake,
      'measures',
      'b',
      { kind: 'k 1' },
      batchOf({ ...second, more: vector([true, null], new Bool()) }),
    )
    await put(lake, 'measures', 'c', { kind: 'k/2' }, batchOf({ n: vector([7n], new Int64()) }))
    await lake.checkpoint()
    await isSame(t, folder, ['measures'])
    await put(
      lake,
      'measures',
      'b',
      { kind: 'k 1' },
      batchOf({ n: vector([8n, 9n], new Int64()), more: vector([null, false], new Bool()) }),
    )
    await lake.checkpoint()
    await isSame(t, folder, ['measures'])
    const conditions = [
      ['n', 8, 1],
      ['n', 5, 0],
      ['kind', 'k 1', 7],
      ['kind', 'k/2', 1],
      ['text', 'z'.repeat(200), 1],
      ['text', '\ufffd', 1],
      ['x', 1.5, 1],
    ] as const
    const table = join(folder, 'measures')
    const requests = FORMATS.flatMap((format) =>
      conditions.map(([column, value, rows]) => ({ format, table, where: [column, value] as const, rows })),
    )
    for (const [i, answer] of read(requests).entries())
      for (const [reader, { rows }] of Object.entries(answer))
        t.equal(
          rows.length,
          requests[i].rows,
          `${reader} finds ${requests[i].format} ${requests[i].where.join(' = ')}`,
        )
  },
)

t.test('files whose folders have other keys', { skip }, async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  // polars takes keys from the names of folders, and wants the same ones of all files of a Delta table
  const without = { without: ['polars'] }
  await put(lake, 'measures', 'a', {}, first())
  await publish(localStore(folder), FORMATS)
  await put(lake, 'measures', 'b', { kind: 'k 1' }, first())
  await lake.checkpoint()
  await isSame(t, folder, ['measures'], without)
  await put(lake, 'measures', 'c', { kind: 'k/2', fold: '1/2' }, batchOf({ n: vector([7n], new Int64()) }))
  await put(lake, 'measures', 'a', {}, batchOf({ n: vector([8n], new Int64()) }))
  await lake.checkpoint()
  await isSame(t, folder, ['measures'], without)
})

t.test('a table whose files are all gone has no rows', { skip }, async (t) => {
  const folder = t.testdir()
  const lake = await oddDataSet(folder)
  await publish(localStore(folder), FORMATS)
  await commit(homeOf(folder), (committed) => ({
    remove: committed.files({ table: 'scores' }).map(({ file }) => file),
  }))
  await lake.checkpoint()
  for (const answer of read(FORMATS.map((format) => ({ format, table: join(folder, 'scores') }))))
    for (const [reader, { types, rows }] of Object.entries(answer)) {
      t.same(rows, [], reader)
      t.equal(types.length, TABLES.scores.columns.length + 1, reader)
    }
})

t.test('the examples of the page run', { skip }, async (t) => {
  const folder = t.testdir()
  const lake = await openLake(join(folder, 'results'))
  for (const step of ['a', 'b']) await put(lake, 'examples', step, { source: 'FC10(1)' }, examplesOf(3))
  await publish(localStore(lake.folder), FORMATS)
  const [, page] = readFileSync('docs/lake.md', 'utf8').split('\n## Table formats\n')
  const [sql, program] = ['sql', 'python'].map((language) => {
    const block = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)
    return block?.[1] ?? ''
  })
  const run = (text: string) =>
    spawnSync('path' in found ? found.path : '', ['-'], { cwd: folder, input: text, encoding: 'utf8' })
  const python = run(program)
  t.equal(python.status, 0, python.stderr)
  const ids = metadataOf(lake.folder, 'examples').snapshots.map((one) => one['snapshot-id'])
  t.match(python.stdout, `1 commit 2\n0 commit 1\n${ids[0]} 1\n${ids[1]} 2`)
  const statements = sql
    .split(';')
    .map((statement) => statement.trim().replace(/snapshot_from_id = \d+/, `snapshot_from_id = ${ids[0]}`))
    .filter((statement) => statement.startsWith('SELECT'))
  t.equal(statements.length, 5)
  const reader = readFileSync('test/sinks/lake/formats/readers.py', 'utf8').split('def type_of')[0]
  const asked = run(
    `${reader}\nfor sql in ${JSON.stringify(statements)}: print(connected.execute(sql).fetchall())`.replace(
      '\nfor',
      'connected = connection()\nfor',
    ),
  )
  t.equal(asked.status, 0, asked.stderr)
  const lines = asked.stdout.trim().split('\n')
  t.match(lines, [/FC10\(1\)/, '[(6,)]', /FC10\(1\)/, `[(2, ${ids[1]}), (1, ${ids[0]})]`, '[(3,)]'])
})
