import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openLake, queryDataSet, type Lake } from 'blindspot'
import { examplesOf, modelOf, put, small } from '../dataSet.js'
import { rowsOf } from './asked.js'

/** Every file below a folder and what is in it. */
function contents(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return Object.fromEntries(
    files
      .filter((file) => statSync(join(folder, file)).isFile())
      .map((file) => [
        file,
        createHash('sha256')
          .update(readFileSync(join(folder, file)))
          .digest('hex'),
      ]),
  )
}

const folder = t.testdir({ beside: { 'secret.csv': 'a,b\n1,2\n', 'more.csv': 'a,b\n3,4\n' } })
const beside = (name: string) => join(folder, 'beside', name)
let lake: Lake
t.before(async () => {
  await small(join(folder, 'set'))
  lake = await openLake(join(folder, 'set'), { readOnly: true })
})

t.test('what only asks is answered', async (t) => {
  for (const [sql, rows] of [
    ['SELECT count(*) AS n FROM examples', [{ n: 204 }]],
    ['select count(*) AS n from EXAMPLES;', [{ n: 204 }]],
    ['FROM models SELECT model ORDER BY model', [{ model: 'AE400-10' }, { model: 'FC10(1)' }]],
    ['-- a remark; two\nVALUES (1), (2) /* ; */', [{ col0: 1 }, { col0: 2 }]],
    ['SELECT \'a;b\' AS "c;d"', [{ 'c;d': 'a;b' }]],
    ['WITH a AS (SELECT 1 AS x) SELECT x FROM a', [{ x: 1 }]],
    ['(SELECT 1 AS x)', [{ x: 1 }]],
    ['SELECT count(*) AS n FROM range(5000)', [{ n: 5000 }]],
    [
      "PIVOT (SELECT status, source_model FROM examples WHERE status <> 'failed') ON status USING count(*) ORDER BY ALL",
      [
        { source_model: 'AE400-10', skipped: 0, success: 99 },
        { source_model: 'FC10(1)', skipped: 4, success: 100 },
      ],
    ],
    ["SELECT count(*) AS n FROM query_table('scores') WHERE kind = 'gaussian'", [{ n: 600 }]],
    ['SELECT count(*) AS n FROM activations', [{ n: 0 }]],
  ] as const)
    t.same(await rowsOf(lake, sql), rows, sql)
  const told = await rowsOf(lake, 'DESCRIBE training')
  t.match(told[0], { column_name: 'run', column_type: 'VARCHAR' })
  t.equal((await rowsOf(lake, 'SHOW TABLES')).length, 11)
  t.match(await rowsOf(lake, 'SUMMARIZE models'), [{ column_name: 'run', count: 2 }])
  t.match(await rowsOf(lake, 'EXPLAIN SELECT 1'), [{ explain_key: 'physical_plan' }])
  t.match((await rowsOf(lake, 'EXPLAIN ANALYZE SELECT count(*) FROM models')).length, 1)
})

t.test('nothing is written, changed or read beside the data set', async (t) => {
  const before = [contents(lake.folder), contents(join(folder, 'beside'))]
  const [path] = (await lake.files()).map((file) => file.path)
  const only = /^[\w ]+: a data set is only asked/
  const shut = /^Permission Error/
  const cases: readonly (readonly [sql: string, message: RegExp])[] = [
    [`COPY models TO '${beside('out.csv')}'`, only],
    [`COPY (SELECT 1) TO '${path}' (FORMAT parquet)`, only],
    [`copy models from '${beside('secret.csv')}'`, only],
    [`EXPORT DATABASE '${beside('export')}'`, only],
    [`ATTACH '${beside('new.db')}'`, only],
    [`CREATE TABLE x AS SELECT 1`, only],
    ['CREATE OR REPLACE VIEW models AS SELECT 1', only],
    ['DROP VIEW models', only],
    ['/* x */ drop view models', only],
    ['INSERT INTO models VALUES (1)', only],
    ['UPDATE models SET seed = 1', only],
    ['DELETE FROM models', only],
    ['INSTALL httpfs', only],
    ["LOAD 'httpfs'", only],
    ['SET threads = 1', only],
    ['RESET threads', only],
    ['PRAGMA threads = 1', only],
    [`PRAGMA profiling_output = '${beside('profile')}'`, only],
    ['CALL enable_logging()', only],
    ['PREPARE x AS SELECT 1', only],
    ['BEGIN', only],
    ['VACUUM', only],
    ['SELECT 1; SELECT 2', /^expected one statement of SQL, got 2/],
    [`SELECT 1; COPY (SELECT 1) TO '${beside('out.csv')}'`, /^expected one statement/],
    ['PIVOT scores ON kind USING count(*); DROP VIEW models', /^expected one statement/],
    ['', /^expected a statement of SQL.*got nothing/],
    ['-- nothing', /got nothing/],
    ['SELECT $1', /^expected SQL without parameters/],
    [`SELECT * FROM read_text('${beside('secret.csv')}')`, shut],
    [`SELECT * FROM read_csv('${beside('*.csv')}')`, shut],
    [`SELECT * FROM glob('${beside('*')}')`, shut],
    [`SELECT * FROM read_blob('/etc/hostname')`, shut],
    [`SELECT * FROM parquet_metadata('${beside('secret.csv')}')`, shut],
    [`SELECT * FROM sniff_csv('${beside('secret.csv')}')`, shut],
    [`SELECT * FROM read_json('/dev/stdin')`, shut],
    [`SELECT * FROM read_text('${join(tmpdir(), '*')}')`, shut],
    [`SELECT * FROM read_text('${join(lake.folder, 'manifest.json')}')`, shut],
    [`SELECT * FROM '${beside('secret.csv')}'`, /^(Permission|Catalog) Error/],
    ["SELECT * FROM 'https://127.0.0.1:9/x.parquet'", /^(Permission|Catalog) Error/],
    [`EXPLAIN ANALYZE COPY (SELECT 1) TO '${beside('out.csv')}'`, only],
    [`EXPLAIN (FORMAT json) COPY (SELECT 1) TO '${beside('out.csv')}'`, only],
    [`explain/**/analyze -- x\n create table x(a int)`, only],
    ['EXPLAIN (ANALYZE) DROP VIEW models', only],
    [`FROM query('COPY (SELECT 1) TO ''${beside('out.csv')}''')`, /^Parser Error/],
    ["SELECT getenv('HOME')", /^Catalog Error/],
  ]
  for (const [sql, message] of cases) {
    await t.rejects(rowsOf(lake, sql), { code: 'bad-option', message }, sql)
  }
  t.same([contents(lake.folder), contents(join(folder, 'beside'))], before, 'all files are as they were')
  t.match(
    await rowsOf(
      lake,
      "SELECT name, value FROM duckdb_settings() WHERE name IN ('enable_external_access', 'lock_configuration') ORDER BY name",
    ),
    [{ value: 'false' }, { value: 'true' }],
  )
})

t.test('what it may read beside the data set is named, and that alone', async (t) => {
  const sql = `SELECT a FROM read_csv('${beside('secret.csv')}')`
  t.same(await rowsOf(lake, sql, { allow: [beside('secret.csv')] }), [{ a: 1 }])
  t.same(await rowsOf(lake, sql, { allow: [beside('')] }), [{ a: 1 }])
  await t.rejects(rowsOf(lake, sql, { allow: [beside('more.csv')] }), { message: /--allow PATH/ })
  await t.rejects(rowsOf(lake, `FROM read_text('${join(folder, 'x')}')`, { allow: [beside('')] }), {
    message: /^Permission Error/,
  })
  await t.rejects(rowsOf(lake, `COPY (SELECT 1) TO '${beside('out.csv')}'`, { allow: [beside('')] }), {
    message: /only asked/,
  })
  await t.rejects(
    rowsOf(lake, `EXPLAIN ANALYZE COPY (SELECT 1) TO '${beside('secret.csv')}'`, { allow: [beside('')] }),
    { message: /only asked/ },
  )
  const hidden = `SELECT 1 AS pivot, e'\\''; COPY (SELECT 1) TO '${beside('out.csv')}' -- '`
  await t.rejects(rowsOf(lake, hidden, { allow: [beside('')] }), { message: /only asked/ }, 'behind a quote')
  t.same(Object.keys(contents(join(folder, 'beside'))), ['more.csv', 'secret.csv'])
  await t.rejects(rowsOf(lake, sql, { allow: [beside('none')] }), {
    code: 'bad-option',
    message: /^allow: .*none/,
  })
  await t.rejects(rowsOf(lake, sql, { memory: 'much' }), {
    code: 'bad-option',
    message: /^memory much: expected/,
  })
})

t.test('names that are patterns, and quotes in them', async (t) => {
  const odd = await openLake(join(folder, "it's [1] {a,b}"))
  for (const name of ['a[1]', "b'*?"]) await put(odd, 'models', { name }, [modelOf(name, 0.1, 0.2)])
  t.same(await rowsOf(odd, 'SELECT model FROM models ORDER BY model'), [{ model: 'a[1]' }, { model: "b'*?" }])
  await t.rejects(rowsOf(odd, `FROM read_text('${join(folder, 'beside', 'secret.csv')}')`), {
    message: /^Permission Error/,
  })
})

t.test('a mistake is told with its place, a missing table with those that there are', async (t) => {
  await t.rejects(rowsOf(lake, 'SELECT modle\nFROM models'), {
    code: 'bad-option',
    message: /^Binder Error: .*modle.*\n[^]*LINE 1: SELECT modle\n +\^/,
  })
  await t.rejects(rowsOf(lake, 'SELEC 1'), { code: 'bad-option', message: /^Parser Error/ })
  await t.rejects(rowsOf(lake, 'SELECT * FROM nothing'), {
    code: 'bad-option',
    message: /nothing does not exist[^]*The tables are models, training, examples/,
  })
  await t.rejects(rowsOf(lake, "SELECT 'a'::INT FROM models"), {
    code: 'bad-option',
    message: /Conversion Error/,
  })
})

t.test('only tables that are named are opened; a damaged file is named', async (t) => {
  const set = await openLake(join(folder, 'damaged'))
  await put(set, 'examples', { source: 'mine' }, examplesOf('mine', [0.1, 0.2]))
  await put(set, 'models', { name: 'mine' }, [modelOf('mine', 0.1, 0.2)])
  const [{ path }] = await set.files({ table: 'models' })
  const bytes = readFileSync(path)
  for (const at of [4, bytes.length >> 1, bytes.length - 40]) {
    writeFileSync(
      path,
      bytes.map((byte, i) => (Math.abs(i - at) < 30 ? byte ^ 0x5a : byte)),
    )
    await t.rejects(rowsOf(set, 'SELECT * FROM models'), {
      code: 'bad-data',
      message: `${path} is not what was committed`,
    })
    t.match(await rowsOf(set, 'SELECT count(*) AS n FROM examples'), [{ n: 2 }])
  }
})

t.test('files are those that are committed, and links are followed within the data set', async (t) => {
  const set = await openLake(join(folder, 'strays'))
  await put(set, 'models', { name: 'mine' }, [modelOf('mine', 0.1, 0.2)])
  const [{ path }] = await set.files({ table: 'models' })
  writeFileSync(join(path, '..', 'part-other-00000.parquet'), readFileSync(path))
  t.same(await rowsOf(set, 'SELECT count(*) AS n FROM models'), [{ n: 1 }])
  mkdirSync(join(folder, 'links'))
  symlinkSync(set.folder, join(folder, 'links', 'set'))
  const linked = await openLake(join(folder, 'links', 'set'), { readOnly: true })
  t.same(await rowsOf(linked, 'SELECT count(*) AS n FROM models'), [{ n: 1 }])
})

t.test('rows come as they are made; a reader may leave, and a signal ends it', async (t) => {
  const endless = 'SELECT range AS i FROM range(1000000000000)'
  const first = await queryDataSet(lake, endless, async ({ chunks }) => {
    for await (const chunk of chunks) return chunk.rows()[0]
    return undefined
  })
  t.same(first, [0n])
  const abort = new AbortController()
  const reason = new Error('enough')
  const reading = queryDataSet(
    lake,
    endless,
    async ({ chunks }) => {
      for await (const chunk of chunks) if (chunk.size > 0) abort.abort(reason)
    },
    { signal: abort.signal },
  )
  await t.rejects(reading, reason)
  const late = new AbortController()
  const aggregate = rowsOf(
    lake,
    'SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE a.range % 7 = b.range % 11',
    { signal: late.signal },
  )
  setTimeout(() => late.abort(reason), 200)
  await t.rejects(aggregate, reason, 'also one that has no row yet')
  await t.rejects(rowsOf(lake, 'SELECT 1', { signal: late.signal }), reason)
  await t.rejects(
    queryDataSet(lake, 'SELECT 1', () => Promise.reject(reason)),
    reason,
    'an error of the reader',
  )
})

t.test('an answer that ends before its last row is an error, not a short answer', async (t) => {
  let size = 0
  const late = queryDataSet(
    lake,
    "SELECT\nCASE WHEN range = 500000 THEN 'a' || range ELSE '1' END::INT AS x FROM range(1000000)",
    async ({ chunks }) => {
      for await (const chunk of chunks) size += chunk.size
    },
  )
  await t.rejects(late, {
    code: 'bad-option',
    message: /^Conversion Error: Could not convert string 'a500000'[^]*LINE 2: CASE WHEN/,
  })
  t.ok(size > 0, 'it comes after rows')
  const full = rowsOf(lake, 'SELECT list(repeat(md5(range::VARCHAR), 100)) AS all FROM range(3000000)', {
    memory: '100MB',
  })
  await t.rejects(full, { code: 'bad-option', message: /^Out of Memory Error[^]*--memory 4GB/ })
})

t.test('what is larger than memory goes to files, which are gone afterwards', async (t) => {
  const left = () => readdirSync(tmpdir()).filter((name) => name.includes(`blindspot-query.${process.pid}`))
  const [row] = await rowsOf(
    lake,
    'SELECT r FROM (SELECT range AS r, md5(range::VARCHAR) AS m FROM range(5000000)) ORDER BY m LIMIT 1 OFFSET 4000000',
    { memory: '250MB' },
  )
  t.type(row['r'], 'number')
  t.same(left(), [])
})
