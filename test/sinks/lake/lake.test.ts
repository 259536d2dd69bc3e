import { hostname } from 'node:os'
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import { openLake } from '../../../sinks/lake/openLake.js'
import { readExamples, readScores } from '../../../sources/records.js'
import { bytesOf, collect, examplesOf, scoresOf } from '../records.js'

const child = fileURLToPath(new URL('lakeChild.js', import.meta.url))
const run = promisify(execFile)

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('_commits'))
    .map((entry) => entry.name)
    .sort()

await t.test('files are listed when they are committed, and DuckDB sees the partitions', async (t) => {
  const folder = join(t.testdir(), 'set')
  const lake = await openLake(folder)
  const models = ['FC10(1e-4)', "FC100-100-10'", 'a/b=ü %', 'FC10(1)']
  for (const [i, source] of models.entries()) {
    const writer = lake.writer('examples', {
      step: `s${i}`,
      partition: { source },
      metadata: { start: 0 },
      provenance: { i },
    })
    await writer.write(examplesOf(4, 10 * i, source))
    t.equal((await lake.files()).length, i, 'not before the commit')
    await writer.close({ end: 4 })
  }
  const [first] = await lake.files({ table: 'examples', step: 's0', partition: { source: 'FC10(1e-4)' } })
  t.match(first, { rows: 4, bytes: readFileSync(first.path).length, part: 0, metadata: { start: 0, end: 4 } })
  t.equal(first.file, 'examples/source=FC10%281e-4%29/part-s0-00000.parquet')
  t.same(await lake.files({ partition: { source: 'none' } }), [])
  t.same(bytesOf((await collect(readExamples(first.path)))[0]), bytesOf(examplesOf(4)))

  const connection = await (await DuckDBInstance.create()).connect()
  for (const hive of [true, false]) {
    const sql = `select source_model, ${hive ? 'source' : 'source_model'} as source, min(index)::int least
      from read_parquet('${folder}/examples/**/*.parquet', hive_partitioning=${hive}) group by all order by least`
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson()
    t.same(
      rows,
      models.map((source, i) => ({ source_model: source, source, least: 10 * i })),
    )
  }
  connection.closeSync()

  const again = lake.writer('examples', { step: 's0', partition: { source: 'FC10(1e-4)' } })
  await again.write(examplesOf(2))
  await again.close()
  t.same(
    (await lake.files()).map(({ step, rows }) => [step, rows]),
    [
      ['s1', 4],
      ['s2', 4],
      ['s3', 4],
      ['s0', 2],
    ],
    'a step overwrites its file',
  )

  const empty = lake.writer('scores', { step: 'none' })
  await empty.close()
  t.same(await collect(readScores((await lake.files({ table: 'scores' })).map(({ path }) => path))), [])
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { tables: object }
  t.match(manifest.tables, { examples: { files: 4, rows: 14 }, scores: { files: 1, rows: 0 } })

  const dropped = lake.writer('scores', { step: 'dropped' })
  await dropped.write(scoresOf(10))
  await dropped.abort()
  t.equal((await lake.files({ step: 'dropped' })).length, 0)
  t.same(readdirSync(join(folder, '.tmp')), [])

  await t.rejects(lake.writer('scores', { step: 'x', partition: { model: 'm' } }).write(scoresOf(1)), {
    code: 'bad-option',
  })
  t.throws(() => lake.writer('scores', { step: 'x', partition: { 'a b': 'm' } }), { code: 'bad-option' })
  t.throws(() => lake.writer('../scores', { step: 'x' }), { code: 'bad-option' })
})

for (const [count, how] of [
  [100, 'lose nothing'],
  [30, 'lose nothing without their lock either'],
] as const)
  await t.test(`two processes that commit at once ${how}`, async (t) => {
    const folder = t.testdir()
    const lock = join(folder, '.tmp', 'manifest.lock')
    const robbing = setInterval(() => count === 30 && rmSync(lock, { force: true }), 2)
    await Promise.all(
      ['a', 'b'].map((name) => run(process.execPath, [child, 'commit', folder, name, String(count)])),
    )
    clearInterval(robbing)
    const lake = await openLake(folder)
    await lake.verify(await lake.files())
    const steps = (await lake.files()).map(({ step }) => step)
    t.same(
      steps.sort(),
      ['a', 'b'].flatMap((name) => Array.from({ length: count }, (_, i) => `${name}-${i}`)).sort(),
    )
    t.equal(filesBelow(join(folder, 'scores')).length, 2 * count)
    t.notOk(existsSync(lock))
  })

await t.test(
  'after a kill in mid-write the committed parts are there, and running again completes them',
  async (t) => {
    const folder = t.testdir()
    const process = fork(child, ['hang', folder])
    await once(process, 'message')
    const mine = readdirSync(join(folder, '.tmp'))
    const lake = await openLake(folder)
    t.same(readdirSync(join(folder, '.tmp')), mine, "a living process's file is let alone")
    process.kill('SIGKILL')
    await once(process, 'exit')

    // as if the process had died between the name and the manifest
    writeFileSync(join(folder, 'scores', 'part-hang-00002.parquet'), 'half')
    writeFileSync(join(folder, 'scores', 'mine.parquet'), 'not ours')
    await openLake(folder)
    t.same(filesBelow(folder), [
      'manifest.json',
      'mine.parquet',
      'part-hang-00000.parquet',
      'part-hang-00001.parquet',
      'scores+part-hang-00002.parquet',
    ])
    t.ok(existsSync(join(folder, '.tmp', 'strays', 'scores+part-hang-00002.parquet')), 'aside, not lost')

    const done = await lake.files({ step: 'hang' })
    t.same(
      done.map(({ rows, metadata }) => [rows, metadata['end']]),
      [
        [2000, 2000],
        [2000, 4000],
      ],
    )
    const rest = lake.parts('scores', { step: 'hang', rowsPerFile: 2000 })
    await rest.write(scoresOf(1000, 4000))
    t.equal((await lake.files()).length, 2)
    t.same(
      (await rest.close()).map(({ part, rows }) => [part, rows]),
      [[2, 1000]],
    )
    const scores = await collect(readScores((await lake.files({ step: 'hang' })).map(({ path }) => path)))
    t.same(
      scores.flatMap(({ index }) => [...index]),
      Array.from({ length: 5000 }, (_, i) => i),
    )
  },
)

await t.test('a manifest that cannot be used is an error that says so', async (t) => {
  const folder = t.testdir()
  const manifest = join(folder, 'manifest.json')
  await t.rejects(openLake(folder, { readOnly: true }), { code: 'io', message: /manifest\.json/ })
  t.same(readdirSync(folder), [], 'a read-only lake changes nothing')
  for (const [content, message] of [
    ['{"format": "blinds', /no JSON/],
    ['{"format": "blindspot", "version": 99, "files": []}', /version 99/],
    ['{"format": "delta"}', /no manifest/],
    ['{"format": "blindspot", "version": 1, "files": "x"}', /no manifest/],
    ['{"format": "blindspot", "version": 1, "files": [{"table": "scores"}]}', /no manifest/],
  ] as const) {
    writeFileSync(manifest, content)
    await t.rejects(openLake(folder), { code: 'bad-data', message })
    t.equal(readFileSync(manifest, 'utf8'), content)
  }
  const bare = join(folder, 'bare')
  mkdirSync(join(bare, 'scores', 'source=x'), { recursive: true })
  writeFileSync(join(bare, 'scores', 'source=x', 'part-s-00000.parquet'), '')
  await t.rejects(openLake(bare), { code: 'bad-data', message: /no manifest\.json/ })
  t.ok(existsSync(join(bare, 'scores', 'source=x', 'part-s-00000.parquet')), 'and nothing is removed')
})

await t.test(
  'committed files that are lost or cut off are made again, with what came after them',
  async (t) => {
    const folder = t.testdir()
    const write = async (from: number) => {
      const parts = (await openLake(folder)).parts('scores', { step: 'lost', rowsPerFile: 10 })
      for (let at = from; at < 40; at += 10) await parts.write(scoresOf(10, at))
      await parts.close()
    }
    await write(0)
    const files = await (await openLake(folder)).files()
    writeFileSync(files[1].path, readFileSync(files[1].path).subarray(0, 100))
    const left = await (await openLake(folder)).files()
    t.same(
      left.map(({ part }) => part),
      [0],
      'what is whole, up to the damage',
    )
    await write(10)
    const scores = await collect(readScores(join(folder, 'scores')))
    t.same(
      scores.flatMap(({ index }) => [...index]),
      Array.from({ length: 40 }, (_, i) => i),
    )
  },
)

await t.test('one process at a step; a dead one is no hindrance', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  const lock = join(folder, '.tmp', 'step.lock')
  await lake.exclusively('step', async () => {
    await t.rejects(
      lake.exclusively('step', () => Promise.resolve()),
      { code: 'busy', message: /is at the same work/ },
    )
    await lake.exclusively('other', () => Promise.resolve())
  })
  t.notOk(existsSync(lock))
  writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }))
  t.equal(await lake.exclusively('step', () => Promise.resolve('done')), 'done', 'not held by a dead one')
})

t.test('a data set that was opened to be read is not written to', async (t) => {
  const folder = t.testdir()
  await openLake(folder)
  const lake = await openLake(folder, { readOnly: true })
  const refused = { code: 'bad-option', message: /was opened to be read alone/ }
  t.throws(() => lake.writer('scores', { step: 'x' }), refused)
  t.throws(() => lake.parts('scores', { step: 'x' }), refused)
  await t.rejects(
    lake.exclusively('x', () => Promise.resolve()),
    refused,
  )
  await t.rejects(lake.checkpoint(), refused)
  t.same(await lake.files(), [])
})
