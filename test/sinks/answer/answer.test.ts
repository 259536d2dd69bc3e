import { writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC } from 'apache-arrow'
import t from 'tap'
import {
  arrowAnswer,
  csvAnswer,
  jsonAnswer,
  jsonLinesAnswer,
  openLake,
  parquetAnswer,
  queryDataSet,
  tableAnswer,
  tableText,
  type Answer,
} from 'blindspot'
import { python } from '../../python.js'

const folder = t.testdir()
const lake = await openLake(join(folder, 'none'))
const ask = <T>(sql: string, read: (answer: Answer) => Promise<T>) => queryDataSet(lake, sql, read)

async function text(sql: string, face: (answer: Answer) => AsyncIterable<string>): Promise<string> {
  return ask(sql, async (answer) => {
    let all = ''
    for await (const part of face(answer)) all += part
    return all
  })
}

async function arrowBytes(sql: string): Promise<Buffer> {
  return ask(sql, async (answer) => {
    const all: Uint8Array[] = []
    for await (const part of arrowAnswer(answer)) all.push(part)
    return Buffer.concat(all)
  })
}

/** A value of every type, then a row without any. */
const TYPES: readonly (readonly [sql: string, json: string, csv: string])[] = [
  ['true', 'true', 'true'],
  ['(-128)::TINYINT', '-128', '-128'],
  ['255::UTINYINT', '255', '255'],
  ['(-32768)::SMALLINT', '-32768', '-32768'],
  ['65535::USMALLINT', '65535', '65535'],
  ['(-2147483648)::INTEGER', '-2147483648', '-2147483648'],
  ['4294967295::UINTEGER', '4294967295', '4294967295'],
  ['9007199254740993', '9007199254740993', '9007199254740993'],
  ['18446744073709551615::UBIGINT', '18446744073709551615', '18446744073709551615'],
  ['(-1234567890123456789012)::HUGEINT', '-1234567890123456789012', '-1234567890123456789012'],
  ['0.1::FLOAT', '0.1', '0.1'],
  ['16777217::FLOAT', '16777216', '16777216'],
  ['0.1::DOUBLE + 0.2::DOUBLE', '0.30000000000000004', '0.30000000000000004'],
  ['1e300', '1e+300', '1e+300'],
  ["'nan'::DOUBLE", 'null', 'nan'],
  ["'inf'::DOUBLE", 'null', 'inf'],
  ["'-inf'::FLOAT", 'null', '-inf'],
  ["'-0.0'::DOUBLE", '-0.0', '-0.0'],
  ['1.10::DECIMAL(4, 2)', '1.10', '1.10'],
  [
    '(-12345678901234567890.123456789)::DECIMAL(38, 9)',
    '-12345678901234567890.123456789',
    '-12345678901234567890.123456789',
  ],
  ["'ü, \"x\"' || chr(10) || '漢😀'", '"ü, \\"x\\"\\n漢😀"', '"ü, ""x""\n漢😀"'],
  ['chr(27) || chr(155)', '"\\u001b\\u009b"', '\u001b\u009b'],
  ["''", '""', '""'],
  ["'=1+1'", '"=1+1"', '=1+1'],
  ["DATE '2020-02-29'", '"2020-02-29"', '2020-02-29'],
  ["TIME '01:02:03.5'", '"01:02:03.5"', '01:02:03.5'],
  ["TIMESTAMP '2020-01-01 12:34:56.000789'", '"2020-01-01 12:34:56.000789"', '2020-01-01 12:34:56.000789'],
  ["TIMESTAMPTZ '2020-01-01 12:00:00+02'", '"2020-01-01 10:00:00+00"', '2020-01-01 10:00:00+00'],
  ["'2020-01-01 00:00:01'::TIMESTAMP_S", '"2020-01-01 00:00:01"', '2020-01-01 00:00:01'],
  ["'2020-01-01 00:00:00.123'::TIMESTAMP_MS", '"2020-01-01 00:00:00.123"', '2020-01-01 00:00:00.123'],
  [
    "'2020-01-01 00:00:00.123456789'::TIMESTAMP_NS",
    '"2020-01-01 00:00:00.123456789"',
    '2020-01-01 00:00:00.123456789',
  ],
  ['[1, NULL, 3]', '[1,null,3]', '"[1,null,3]"'],
  ["[['a', NULL], NULL, []]", '[["a",null],null,[]]', '"[[""a"",null],null,[]]"'],
  ['array_value(0.5::FLOAT, 2)', '[0.5,2]', '"[0.5,2]"'],
  [
    "{'a': 1, 'b': [0.1::FLOAT], 'c': NULL::VARCHAR}",
    '{"a":1,"b":[0.1],"c":null}',
    '"{""a"":1,""b"":[0.1],""c"":null}"',
  ],
  ["[{'x': 1.5::DECIMAL(3, 1)}]", '[{"x":1.5}]', '"[{""x"":1.5}]"'],
  ["MAP {'k': 1, 'l': NULL}", '{"k":1,"l":null}', '"{""k"":1,""l"":null}"'],
  ["'\\xAA\\x00b'::BLOB", '"\\\\xAA\\\\x00b"', '\\xAA\\x00b'],
  ["'b'::ENUM ('a', 'b')", '"b"', 'b'],
  [
    "UUID '00000000-0000-0000-0000-00000000000a'",
    '"00000000-0000-0000-0000-00000000000a"',
    '00000000-0000-0000-0000-00000000000a',
  ],
  ['INTERVAL 25 HOUR', '"25:00:00"', '25:00:00'],
  ['NULL', 'null', ''],
]
const columns = TYPES.map(([sql], i) => `${sql} AS c${i}`).join(', ')
const EVERYTHING = `SELECT * FROM (SELECT ${columns}) UNION ALL BY NAME SELECT NULL AS c0`

t.test('JSON: every type, NaN as null, numbers by all their digits', async (t) => {
  const json = await text(EVERYTHING, jsonAnswer)
  const [one, none] = [1, 2].map((at) => json.split('\n')[at])
  t.equal(one, `{${TYPES.map(([, value], i) => `"c${i}":${value}`).join(',')}},`)
  t.equal(none, `{${TYPES.map((_, i) => `"c${i}":null`).join(',')}}`)
  const parsed = JSON.parse(json) as readonly object[]
  t.equal(parsed.length, 2)
  const lines = (await text(EVERYTHING, jsonLinesAnswer)).trimEnd().split('\n')
  t.same(
    lines.map((line) => JSON.parse(line) as unknown),
    parsed,
  )
  t.same(JSON.parse(await text('SELECT 1 AS a WHERE false', jsonAnswer)), [])
  t.equal(await text('SELECT 1 AS a WHERE false', jsonLinesAnswer), '')
  const many = JSON.parse(await text('SELECT range AS i FROM range(5000)', jsonAnswer)) as { i: number }[]
  t.same(
    many.map(({ i }) => i),
    Array.from({ length: 5000 }, (_, i) => i),
    'several chunks',
  )
  t.equal(
    await text('SELECT 1 AS a, 2 AS a, 3 AS "__proto__"', jsonLinesAnswer),
    '{"a":1,"a:1":2,"__proto__":3}\n',
  )
})

t.test('CSV: every type, and nothing that a reader takes for another row', async (t) => {
  t.equal(
    await text(EVERYTHING, csvAnswer),
    [
      TYPES.map((_, i) => `c${i}`).join(','),
      TYPES.map(([, , value]) => value).join(','),
      ','.repeat(TYPES.length - 1),
      '',
    ].join('\n'),
  )
  t.equal(await text("SELECT NULL AS a UNION ALL SELECT 'x'", csvAnswer), 'a\n""\nx\n', 'one column')
  t.equal(await text('SELECT 1 AS "a,b", 2 AS "c""d" WHERE false', csvAnswer), '"a,b","c""d"\n')
})

/** The same in DuckDB, as it says itself, read from a file. */
async function inDuckDB(sql: string): Promise<readonly Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson()
  } finally {
    connection.closeSync()
  }
}

/** Types that Parquet and Arrow have as text, and seconds as milliseconds. */
const AS_TEXT = (i: number) => /ENUM|UUID|INTERVAL/.test(TYPES[i][0])

t.test('Parquet and Arrow: every type as DuckDB has it', async (t) => {
  const parquet = join(folder, 'all.parquet')
  const { rows } = await ask(EVERYTHING, (answer) => parquetAnswer(parquet, answer, { query: EVERYTHING }))
  t.equal(rows, 2)
  const asTexts = TYPES.flatMap((_, i) => (AS_TEXT(i) ? [`c${i}::VARCHAR AS c${i}`] : []))
  t.same(
    await inDuckDB(`SELECT * FROM '${parquet}'`),
    await inDuckDB(`SELECT * REPLACE (${asTexts.join(', ')}) FROM (${EVERYTHING})`),
  )
  const types = await inDuckDB(`DESCRIBE SELECT * FROM '${parquet}'`)
  const own = await inDuckDB(`DESCRIBE ${EVERYTHING}`)
  const changed: Readonly<Record<string, string>> = {
    HUGEINT: 'DECIMAL(38,0)',
    TIMESTAMP_S: 'TIMESTAMP',
    TIMESTAMP_MS: 'TIMESTAMP',
    'FLOAT[2]': 'FLOAT[]',
    'DECIMAL(3,1)[2]': 'DECIMAL(3,1)[]',
    UUID: 'VARCHAR',
    INTERVAL: 'VARCHAR',
    "ENUM('a', 'b')": 'VARCHAR',
  }
  t.same(
    types.map((row) => row['column_type']),
    own.map(({ column_type: type }) => changed[String(type)] ?? type),
  )
  const table = tableFromIPC(await arrowBytes(EVERYTHING))
  t.same([table.numRows, table.numCols], [2, TYPES.length])
  t.equal(table.get(0)?.['c7'], 9007199254740993n)
  t.equal(table.getChild('c20')?.get(0), 'ü, "x"\n漢😀')
  t.ok(table.schema.fields.every(({ name }, i) => name === `c${i}` && table.getChildAt(i)?.get(1) === null))
  const none = 'SELECT 1 AS a, [1] AS b WHERE false'
  t.equal(tableFromIPC(await arrowBytes(none)).schema.fields.length, 2, 'of no rows there are the columns')
  await ask(none, (answer) => parquetAnswer(parquet, answer, {}))
  t.same(await inDuckDB(`SELECT count(*)::INT AS n FROM '${parquet}'`), [{ n: 0 }])
  await t.rejects(
    ask('SELECT 100000000000000000000000000000000000000::HUGEINT AS big', (answer) =>
      parquetAnswer(parquet, answer, {}),
    ),
    {
      code: 'bad-data',
      message: /^column big: 1000.* has more than 38 digits/,
    },
  )
})

const reader = python(['pyarrow'])
t.test(
  'pyarrow reads both, and finds nothing wrong',
  { skip: 'skip' in reader && reader.skip },
  async (t) => {
    if ('skip' in reader) return
    const [parquet, arrow] = ['read.parquet', 'read.arrows'].map((name) => join(folder, name))
    const sql = `${EVERYTHING} UNION ALL BY NAME SELECT range % 2 = 0 AS c0, range AS c7, range::VARCHAR AS c20, [range::INT] AS c31 FROM range(5000)`
    await ask(sql, (answer) => parquetAnswer(parquet, answer, {}))
    writeFileSync(arrow, await arrowBytes(sql))
    const { stdout, stderr } = spawnSync(
      reader.path,
      [
        '-c',
        `import sys, json, pyarrow as pa, pyarrow.parquet as pq
p = pq.read_table(sys.argv[1]); a = pa.ipc.open_stream(sys.argv[2]).read_all()
p.validate(full=True); a.validate(full=True)
print(json.dumps([p.num_rows, p.schema.equals(a.schema), str(p.to_pylist()) == str(a.to_pylist()), sum(p['c7'].to_pylist()[2:])]))`,
        parquet,
        arrow,
      ],
      { encoding: 'utf8' },
    )
    t.same(JSON.parse(stdout || 'null'), [5002, true, true, 12497500], stderr)
  },
)

t.test('a struct whose entries have no names is refused: all but the last would be lost', async (t) => {
  for (const sql of [
    'SELECT row(1, 2) AS r',
    'SELECT [row(1, 2)] AS r',
    "SELECT {'__proto__': 1, 'b': 2} AS r",
  ])
    await t.rejects(text(sql, csvAnswer), { code: 'bad-option', message: /^column r: STRUCT.* name/ }, sql)
})

t.test('a table for people: the first rows, short numbers, long values cut', async (t) => {
  const table = await ask(
    "SELECT range AS i, range / 3 AS third, repeat('x', 100) AS long, NULL AS none FROM range(5000)",
    (answer) => tableAnswer(answer, 3),
  )
  const lines = tableText(table, { compact: true }).split('\n')
  t.equal(lines[0], '5,000 rows')
  t.match(lines[4], /^│ 0 │ +0 │ x{59}… │ NULL │$/)
  t.match(lines[5], /^│ 1 │ 0.333333 │/)
  t.match(lines[8], /^… 4,997 more rows; --rows N/)
  t.match(tableText(await ask('SELECT 1 AS a', (answer) => tableAnswer(answer))), /^1 row\n/)
  const over = await ask('SELECT range AS i FROM range(100000000)', (answer) => tableAnswer(answer, 1))
  t.equal(over.title, 'over 1,000,000 rows', 'who reads a table does not wait for all')
})
