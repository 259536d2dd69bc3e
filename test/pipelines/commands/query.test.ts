import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { tableFromIPC } from 'apache-arrow'
import { openLake, QUESTIONS, readArrow, readParquet } from 'blindspot'
import { small } from '../dataSet.js'
import { blindspot } from '../commandLine.js'

const CLI = join(import.meta.dirname, '../../../pipelines/cli.js')
const folder = t.testdir()
const set = join(folder, 'set')
const at = (name: string) => join(folder, name)
const sql = "SELECT model, test_error FROM models WHERE model = 'AE400-10'"
t.before(() => small(set))

interface Result {
  readonly code: number | null
  readonly out: Buffer
  readonly err: string
}

/** A command as a shell runs it, of which `$Q` begins the query of the data set. */
const shell = (script: string): Promise<Result> =>
  new Promise((resolve) => {
    const text = `Q() { "${process.execPath}" "${CLI}" query "${set}" "$@"; }\n${script}`
    const child = execFile(
      'bash',
      ['-o', 'pipefail', '-c', text],
      { encoding: 'buffer', maxBuffer: 2 ** 26 },
      (_, out, err) => resolve({ code: child.exitCode, out, err: err.toString() }),
    )
  })

t.test('an answer as every format, on standard output', async (t) => {
  const formats: readonly (readonly [name: string, out: string])[] = [
    ['csv', 'model,test_error\nAE400-10,0.019\n'],
    ['json', '[\n{"model":"AE400-10","test_error":0.019}\n]\n'],
    ['jsonl', '{"model":"AE400-10","test_error":0.019}\n'],
    [
      'table',
      '1 row\n┌──────────┬────────────┐\n│ model    │ test_error │\n├──────────┼────────────┤\n│ AE400-10 │      0.019 │\n└──────────┴────────────┘\n',
    ],
  ]
  for (const [format, expected] of formats) {
    const { code, out, err } = await shell(`Q "${sql}" --format ${format}`)
    t.same([code, out.toString(), err], [0, expected, ''], format)
  }
  const json = await shell(`Q --json <<<"${sql};" -`)
  t.same([json.code, json.out.toString()], [0, formats[2][1]], 'from standard input')
  const arrow = await shell(`Q "${sql}" --format arrow`)
  t.equal(tableFromIPC(arrow.out).get(0)?.['model'], 'AE400-10')
  const parquet = await shell(`Q "${sql}" --format parquet`)
  writeFileSync(at('piped.parquet'), parquet.out)
  for await (const batch of readParquet(at('piped.parquet'))) t.equal(batch.get(0)?.['test_error'], 0.019)
})

t.test('a file, whose ending says its format', async (t) => {
  for (const name of ['a.csv', 'a.json', 'a.ndjson', 'a.parquet', 'a.arrows', 'a.txt']) {
    const { code, out, err } = await blindspot('query', set, sql, '--out', at(name))
    t.same([code, out, err], [0, '', ''], name)
  }
  t.equal(readFileSync(at('a.csv'), 'utf8'), 'model,test_error\nAE400-10,0.019\n')
  t.equal(readFileSync(at('a.ndjson'), 'utf8'), '{"model":"AE400-10","test_error":0.019}\n')
  t.same(JSON.parse(readFileSync(at('a.json'), 'utf8')), [{ model: 'AE400-10', test_error: 0.019 }])
  t.match(readFileSync(at('a.txt'), 'utf8'), /^1 row\n/)
  for (const read of [readParquet(at('a.parquet')), readArrow(at('a.arrows'))])
    for await (const batch of read) t.equal(batch.get(0)?.['model'], 'AE400-10')
  const file = at('script.sql')
  writeFileSync(file, `-- the networks\n${sql};\n`)
  t.match(await blindspot('query', set, '--file', file, '--format', 'csv', '--out', at('b')), { code: 0 })
  t.equal(readFileSync(at('b'), 'utf8'), readFileSync(at('a.csv'), 'utf8'))
  const before = readFileSync(at('a.csv'), 'utf8')
  const late = "SELECT CASE WHEN range = 9000 THEN 'a' ELSE '1' END::INT AS x FROM range(10000)"
  t.match(await blindspot('query', set, late, '--out', at('a.csv')), { code: 2, err: /Conversion Error/ })
  t.equal(readFileSync(at('a.csv'), 'utf8'), before, 'what fails leaves the file that was there')
  t.same(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    [],
  )
})

t.test('what is in it, and the ready questions', async (t) => {
  const look = await blindspot('query', set)
  t.equal(look.code, 0)
  t.match(look.out, /^models: 2 rows in 2 files\n {2}run VARCHAR, model VARCHAR,/)
  t.match(look.out, /^scores: 1,000 rows in 5 files$/m)
  t.match(look.out, /^images: no rows$/m)
  const tables = (await blindspot('query', set, '--json')).out.trim().split('\n')
  t.match(JSON.parse(tables[0]), {
    table: 'models',
    rows: 2,
    files: 2,
    columns: [{ name: 'run', type: 'VARCHAR' }],
  })
  const list = await blindspot('query', set, '--list')
  t.equal(list.out.trim().split('\n').length, QUESTIONS.length)
  t.match(list.out, /^transfer +How often do examples made for one network fool another\?[^(]*$/m)
  t.match(list.out, /^direction-coherence .*\(no rows of coherence\)$/m)
  const listed = (await blindspot('query', set, '--list', '--json')).out.trim().split('\n')
  t.same(
    listed.map((line) => (JSON.parse(line) as { name: string }).name),
    QUESTIONS.map(({ name }) => name),
  )
  const cost = QUESTIONS.find(({ name }) => name === 'cost')
  t.same(await blindspot('query', set, 'cost', '--sql'), { code: 0, out: `${cost?.sql ?? ''}\n`, err: '' })
  t.match(await blindspot('query', set, 'transfer', '--out', at('transfer.csv')), { code: 0 })
  t.equal(readFileSync(at('transfer.csv'), 'utf8').split('\n').length, 1 + 4 + 1)
  t.match(await blindspot('query', set, 'direction-coherence', '--out', at('none.txt')), { code: 0 })
  t.match(readFileSync(at('none.txt'), 'utf8'), /\(no rows of coherence\)\n0 rows\n/)
})

t.test('a wrong call is told and is 2, work that fails is 1', async (t) => {
  const linked = at('linked')
  symlinkSync(set, linked)
  const cases: readonly (readonly [args: readonly string[], code: number, err: RegExp])[] = [
    [[set, 'SELECT * FROM nothing'], 2, /nothing does not exist[^]*The tables are models,/],
    [[set, 'SELECT modle FROM models'], 2, /LINE 1: SELECT modle FROM models\n +\^/],
    [[set, 'hardest'], 2, /ready question, got hardest; --list/],
    [[set, 'accuracyy'], 2, /got accuracyy; --list .*\(Did you mean accuracy\?\)/],
    [[set, 'hard', '--sql'], 2, /ready question, got hard;/],
    [[set, '--sql'], 2, /got nothing/],
    [[set, 'DROP VIEW models'], 2, /^blindspot: DROP: a data set is only asked/],
    [[set, "FROM read_text('/etc/hostname')"], 2, /--allow PATH/],
    [[set, sql, '--out', at('a.xyz')], 2, /--out .*a.xyz: expected a name that ends in .txt/],
    [[set, sql, '--out', join(set, 'a.csv')], 2, /is in the data set/],
    [[set, sql, '--out', join(linked, 'manifest.json')], 2, /manifest.json is in the data set/],
    [[linked, sql, '--out', join(set, 'manifest.json')], 2, /manifest.json is in the data set/],
    [[set, 'transfer', '--file', at('script.sql')], 2, /--file: expected no SQL beside it/],
    [[set, sql, '--json', '--format', 'csv'], 2, /--json is --format jsonl/],
    [[set, sql, '--file', at('script.sql')], 2, /--file: expected no SQL beside it/],
    [[set, sql, '--rows', '0'], 2, /at least 1/],
    [[set, sql, '--memory', 'lots'], 2, /memory lots: expected a size/],
    [[set, sql, '--allow', at('missing')], 2, /allow: .*missing is no file/],
    [[set, '--file', at('missing.sql')], 2, /missing.sql/],
    [[at('missing'), sql], 2, /missing is no data set/],
  ]
  for (const [args, code, err] of cases)
    t.match(await blindspot('query', ...args), { code, out: '', err }, args.slice(1).join(' '))
  t.notOk(existsSync(join(set, 'a.csv')))
  t.match(
    await blindspot(
      'query',
      set,
      `FROM read_text('${at('script.sql')}') SELECT size`,
      '--allow',
      at('script.sql'),
      '--out',
      at('c.csv'),
    ),
    {
      code: 0,
    },
  )
  const empty = await openLake(at('empty'))
  t.match(await blindspot('query', empty.folder, 'FROM models', '--out', at('d.csv')), { code: 0 })
  t.match(readFileSync(at('d.csv'), 'utf8'), /^run,model,[^\n]*\n$/)
})

t.test('a reader that leaves is no error, a full disk is', async (t) => {
  const many = 'SELECT range AS i FROM range(1000000000000)'
  for (const format of ['csv', 'jsonl', 'arrow']) {
    const { code, out, err } = await shell(`Q "${many}" --format ${format} | head -c 20`)
    t.same([code, out.length, err], [0, 20, ''], format)
  }
  if (!existsSync('/dev/full')) return
  t.match(await shell(`Q "${sql}" >/dev/full`), { code: 1, err: /could not be printed: .*ENOSPC/ })
})

t.test('Ctrl-C ends a query, with 130 and nothing left', async (t) => {
  const endless = 'SELECT range AS i, md5(range::VARCHAR) AS m FROM range(1000000000000)'
  const child = spawn(process.execPath, [CLI, 'query', set, endless, '--out', at('endless.csv')])
  const begun = () => readdirSync(folder).some((name) => name.includes('endless.csv'))
  while (child.exitCode === null && !begun()) await new Promise((resolve) => setTimeout(resolve, 20))
  child.kill('SIGINT')
  const [code] = (await once(child, 'close')) as [number | null]
  t.equal(code, 130)
  t.notOk(begun())
})
