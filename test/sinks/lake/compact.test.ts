import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { tableToIPC, Table } from 'apache-arrow'
import t from 'tap'
import { combinedNotes } from '../../../pipelines/combinedNotes.js'
import { compactDataSet } from '../../../pipelines/compact.js'
import type { Lake } from '../../../sinks/lake/lake.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { publishTables } from '../../../sinks/lake/formats/publishTables.js'
import { parquetMetadata, readParquet } from '../../../sources/parquet.js'
import { readScores } from '../../../sources/records.js'
import { examplesOf, scoresOf } from '../records.js'
import { warnings } from '../../warnings.js'

const STEP = '0123456789abcdef'
const child = fileURLToPath(new URL('compactChild.js', import.meta.url))
const writer = fileURLToPath(new URL('../../../bench/killedWriter.js', import.meta.url))

/** All values of the rows of a step, in their order, as bytes: of floating point numbers every bit. */
async function bytesOf(lake: Lake, step: string): Promise<string> {
  const paths = (await lake.files({ step })).map(({ path }) => path)
  const rows: string[] = []
  for await (const batch of readParquet(paths, { batchSize: 1 }))
    rows.push(
      Buffer.from(tableToIPC(new Table([batch])))
        .toString('latin1')
        .replace(/"blindspot"[^]*/, ''),
    )
  const values = rows.map((row) => row.slice(row.indexOf('run-1')))
  return values.join('\n')
}

const parquets = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'))

t.test('a data set that lacks a file is not compacted, and keeps it in its list', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  const parts = lake.parts('examples', { step: STEP, partition: { source: 'a' }, rowsPerFile: 1 })
  await parts.write(examplesOf(3, 0))
  await parts.close()
  const before = await lake.files()
  const [first] = before
  const aside = `${first.path}.aside`
  renameSync(first.path, aside)
  await t.rejects(compactDataSet(folder, { grace: 0 }), {
    code: 'bad-data',
    message: /part-.* is not there, and was committed; bring it back.*blindspot verify /,
  })
  renameSync(aside, first.path)
  t.same(await lake.files(), before)
  t.end()
})

t.test('small files of a step become one, bit for bit, which it goes on after', async (t) => {
  for (const payload of ['float32', 'uint8'] as const) {
    const folder = t.testdir()
    const lake = await openLake(folder)
    const write = async (step: string, from: number, images: number) => {
      const parts = lake.parts('examples', {
        ...{ step, partition: { source: 'a' }, rowsPerFile: 1, compression: 'snappy', payload },
        provenance: { command: `call ${from}`, seed: 1 },
        metadata: () => ({ images, attacked: images, seconds: images, survived: SURVIVED }),
      })
      const rows = examplesOf(3, from)
      if (payload === 'uint8') for (const all of [rows.original, rows.adversarial]) all.fill(0.3)
      await parts.write(rows)
      await parts.close()
    }
    for (const [i, from] of [0, 3, 6, 9].entries()) {
      await write(STEP, from, 3 * (i + 1))
      if (i === 1) await write('fedcba9876543210', 100, 3)
    }
    const before = await bytesOf(lake, STEP)
    const [first] = await lake.files({ step: STEP })
    const made = await compactDataSet(folder, { grace: 0 })
    t.match(made, [{ table: 'examples', files: 4, rows: 12 }])
    const files = await lake.files({ step: STEP })
    t.match(files, [
      { part: 3, rows: 12, metadata: { images: 12, attacked: 12, seconds: 12, survived: { fooling: 4 } } },
    ])
    t.equal(await bytesOf(lake, STEP), before, 'every bit of every row, in its order')
    t.equal(parquets(folder).length, 2, 'the small ones are gone')
    const { keyValues, provenance, rowGroups } = await parquetMetadata(files[0].path)
    t.equal(keyValues.get('blindspot.payload'), payload === 'uint8' ? 'uint8' : undefined)
    t.equal(keyValues.get('shape'), '[2,3,2]')
    t.equal(rowGroups, 1)
    t.match(provenance, {
      command: 'call 0',
      seed: 1,
      compacted: { files: 4, also: [{ command: 'call 3' }, {}, {}] },
    })
    t.same((await parquetMetadata(files[0].path)).types, (await parquetMetadata(files[0].path)).types)
    t.ok(first.part === 0 && !parquets(folder).includes(first.file))
    await write(STEP, 12, 15)
    t.match(await lake.files({ step: STEP }), [{ part: 3 }, { part: 4 }], 'numbers go on')
    t.match(await compactDataSet(folder, { grace: 0 }), [{ files: 2, rows: 15 }], 'and again')
    t.same(await compactDataSet(folder, { grace: 0 }), [], 'nothing is left to do')
    t.same(await warnings(() => openLake(folder)), [], 'nobody misses anything')
  }
})

const SURVIVED = { payload: 'uint8', examples: 1, images: 1, fooling: 1 }

t.test('what says how far a step is becomes one, or files stay apart', (t) => {
  const combined = (...notes: Readonly<Record<string, unknown>>[]) =>
    combinedNotes(notes.map((metadata) => ({ metadata })))
  t.same(
    combined({ images: 3, taken: 2, seconds: 1 }, { images: 5, attacked: 0, seconds: 4 }),
    undefined,
    'a count that one of them lacks',
  )
  t.same(combined({ images: 3, taken: 2 }, { images: 5 }), { images: 5 }, 'taken is of the furthest')
  t.same(combined({ images: 5, taken: 1 }, { images: 5, taken: 2 }), { images: 5, taken: 2 })
  t.same(combined({ images: 5 }, { images: 5, ended: true }), { images: 5, ended: true })
  t.same(combined({ victims: { a: '1' }, images: 2 }, { victims: { b: '1' }, images: 4 }), undefined)
  t.same(combined({ failed: 'x', attempt: 1 }, { failed: 'x', attempt: 2 }), undefined)
  t.end()
})

t.test('files of a size stay, and their neighbours keep the order', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  const parts = lake.parts('scores', { step: STEP, rowsPerFile: 1 })
  for (const [from, n] of [
    [0, 5],
    [5, 5],
    [10, 3000],
    [3010, 5],
    [3015, 5],
  ])
    await parts.write(scoresOf(n, from))
  await parts.close()
  const [, , large] = await lake.files()
  t.match(await compactDataSet(folder, { grace: 0, fileBytes: large.bytes }), [{ files: 2 }, { files: 2 }])
  const files = await lake.files()
  t.same(
    files.map(({ rows }) => rows),
    [10, 3000, 10],
  )
  const again = (await openLake(folder, { readOnly: true })).files()
  t.same(
    (await again).map(({ file }) => file),
    files.map(({ file }) => file),
    'in the manifest, too',
  )
  const index: number[] = []
  for await (const rows of readScores(files.map(({ path }) => path))) index.push(...rows.index)
  t.same(
    index,
    Array.from({ length: 3020 }, (_, i) => i),
  )
})

t.test('table formats get a version in which no row has changed', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  const write = async (from: number) => {
    const parts = lake.parts('scores', { step: STEP, rowsPerFile: 1 })
    await parts.write(scoresOf(4, from))
    await parts.close()
  }
  for (const from of [0, 4, 8]) await write(from)
  await publishTables(folder, ['delta', 'iceberg'])
  await compactDataSet(folder, { grace: 0 })
  for (const one of await publishTables(folder, ['delta', 'iceberg']))
    t.match(one, { written: 0, files: 1, rows: 12 }, `${one.format} is up to date`)
  const { readFileSync } = await import('node:fs')
  const log = readFileSync(join(folder, 'scores/_delta_log/00000000000000000003.json'), 'utf8')
  t.match(log, /"operation":"OPTIMIZE"/)
  t.equal(log.match(/"dataChange":false/g)?.length, 4, 'three files out, one in')
  t.notMatch(log, /"dataChange":true/)
  const names = readdirSync(join(folder, 'scores/metadata'))
    .filter((name) => /^v\d+\.metadata/.test(name))
    .sort()
  t.match(
    readFileSync(join(folder, 'scores/metadata', names[names.length - 1]), 'utf8'),
    /"operation": ?"replace"/,
  )
  await write(12)
  t.match(await publishTables(folder), [
    { files: 2, rows: 16 },
    { files: 2, rows: 16 },
  ])
})

t.test('not while a step is at work', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  await lake.exclusively(STEP, () => t.rejects(compactDataSet(folder), { code: 'busy' }))
})

t.test('killed at any moment, with the step that writes, no row is lost or doubled', async (t) => {
  const folder = join(t.testdir(), 'set')
  await openLake(folder)
  let [kills, rows] = [0, 150]
  const killed = async (process: ChildProcess, within: number) => {
    await Promise.race([once(process, 'message'), once(process, 'exit')])
    await sleep(Math.random() * within)
    const isAlive = process.exitCode === null && process.signalCode === null
    if (isAlive) process.kill('SIGKILL')
    if (process.exitCode === null && process.signalCode === null) await once(process, 'exit')
    return isAlive
  }
  for (let i = 0; i < 6; i++) {
    await killed(begin(writer, folder, STEP, String((rows += 50))), 150)
    if (await killed(begin(child, folder), 250)) kills++
    const lake = await openLake(folder, { readOnly: true })
    const files = await lake.files()
    await lake.verify(files)
    const seen = await indexes(files.map(({ path }) => path))
    t.same(
      seen,
      Array.from({ length: seen.length }, (_, at) => at),
      'every row once, in its order',
    )
  }
  t.ok(kills > 0, `${kills} compactions were killed`)
  const last = begin(writer, folder, STEP, String(rows))
  t.same(await once(last, 'exit'), [0, null])
  await compactDataSet(folder, { grace: 0 })
  const lake = await openLake(folder)
  const files = await lake.files()
  t.equal((await indexes(files.map(({ path }) => path))).length, rows)
  t.same(
    parquets(folder).filter((name) => !name.startsWith('.tmp')),
    files.map(({ file }) => file),
    'and nothing beside',
  )
})

function begin(script: string, ...args: string[]): ChildProcess {
  return fork(script, args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
}

async function indexes(paths: readonly string[]): Promise<number[]> {
  const found: number[] = []
  if (paths.length > 0) for await (const { index } of readScores(paths)) found.push(...index)
  return found
}
