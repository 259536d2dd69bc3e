import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import { TABLES } from '../../operators/records/tables.js'
import { ParquetWriter } from '../../sinks/parquet.js'
import { openFile } from '../../sources/openFile.js'
import { readFooter } from '../../sources/parquetFooter.js'
import { parquetMetadata, readParquet } from '../../sources/parquet.js'
import { readExamples } from '../../sources/records.js'
import { readCases } from '../../sources/cases.js'
import { zstdFits } from '../../sources/zstd.js'
import { bytesOf, collect, examplesOf } from '../sinks/records.js'
import { EMPTY_GROUP, LONG_LIST, LONG_TEXTS, NO_GROUP, structWithList, withFooter, zeros } from './hostile.js'

const folder = t.testdir()
const path = join(folder, 'examples.parquet')
const writer = new ParquetWriter(path, { rowGroupSize: 100 })
await writer.write(TABLES.examples.toArrow(examplesOf(250, 0, 'FC10(1)', 784)))
await writer.close()
const whole = readFileSync(path)

await t.test('columns are chosen, and the bytes of others are not read', async (t) => {
  const batches = await collect(readParquet(path, { columns: ['distortion', 'index'], batchSize: 60 }))
  t.same(
    batches.map(({ numRows }) => numRows),
    [60, 40, 60, 40, 50],
  )
  t.same(
    batches[0].schema.fields.map(({ name }) => name),
    ['index', 'distortion'],
  )
  t.same(
    batches.flatMap((batch) => [...(batch.getChild('index')?.toArray() as Int32Array)]),
    Array.from({ length: 250 }, (_, i) => i),
  )
  t.same(
    (await collect(readParquet(path, { columns: [], batchSize: 60 }))).map(({ numRows }) => numRows),
    [60, 40, 60, 40, 50],
    'rows of no columns',
  )
  const file = await openFile(path)
  const footer = await readFooter(file)
  const [small, large] = await Promise.all([
    footer.rowGroup(0, ['index']),
    footer.rowGroup(0, ['index', 'original']),
  ])
  await file.close()
  t.ok(small.length < 4000 && large.length > 20_000, `${small.length} and ${large.length} bytes`)
})

await t.test("DuckDB's files are read, without the image's shape in them", async (t) => {
  const other = join(folder, 'other.parquet')
  const connection = await (await DuckDBInstance.create()).connect()
  await connection.run(`copy (select *, 1 as extra from '${path}' where index < 90) to '${other}'`)
  connection.closeSync()
  const [batch] = await collect(readExamples(other))
  const expected = examplesOf(90, 0, 'FC10(1)', 784)
  t.same(bytesOf(batch), bytesOf({ ...expected, shape: [1, 784, 1] }))
})

await t.test('a file, a folder, a pattern', async (t) => {
  const root = join(folder, 'set')
  for (const part of ['b=2', 'b=1']) {
    mkdirSync(join(root, part), { recursive: true })
    writeFileSync(join(root, part, 'x.parquet'), whole)
    writeFileSync(join(root, part, '.x.parquet.1-00000000.tmp'), 'unfinished')
  }
  const count = async (paths: string | string[]) => {
    const batches = await collect(readParquet(paths, { columns: ['index'] }))
    return batches.reduce((rows, { numRows }) => rows + numRows, 0)
  }
  t.same(
    [
      await count(root),
      await count(`${root}/**/*.parquet`),
      await count(`${root}/b=1/?.parquet`),
      await count([path, root]),
    ],
    [500, 500, 250, 750],
  )
  await t.rejects(count(`${root}/*.parquet`), { code: 'bad-option', message: /there is no/ })
  await t.rejects(count(join(root, 'none.parquet')), { code: 'bad-option', message: /none\.parquet/ })
})

await t.test('a file that is cut off, corrupt or something else is an error that names it', async (t) => {
  const bad = join(folder, 'bad.parquet')
  const read = (bytes: Uint8Array) => {
    writeFileSync(bad, bytes)
    return collect(readParquet(bad, { columns: ['index', 'original'] }))
  }
  const corrupt = { code: 'bad-data', message: /bad\.parquet/ }
  for (const length of [0, 7, 11, 5000, whole.length - 1])
    await t.rejects(read(whole.subarray(0, length)), corrupt)
  await t.rejects(read(Buffer.from('index,target\n1,2\n'.repeat(10))), corrupt)
  await t.rejects(read(Buffer.concat([whole.subarray(0, 10_000), whole.subarray(20_000)])), corrupt)
  const hit = Buffer.from(whole)
  hit.fill(0xaa, 30_000, 30_100)
  await t.rejects(read(hit), { code: 'bad-data', message: /bad\.parquet: row group \d is corrupt/ })
  const footer = whole.readUInt32LE(whole.length - 8)
  let errors = 0
  for (let i = 0; i < 60; i++) {
    const flipped = Buffer.from(whole)
    // spread over the file, twice as dense over its footer
    const at =
      i % 2 === 0 ? Math.floor((i / 60) * whole.length) : whole.length - 8 - Math.floor((i / 60) * footer)
    flipped[at] ^= 0x5a
    // some bytes do not matter to two columns; what may not happen is another error, or the end of the process
    await read(flipped).catch((error: unknown) => {
      errors++
      t.match(error, corrupt)
    })
  }
  t.ok(errors > 10, `${errors} of 60`)
  await t.rejects(collect(readParquet(path, { columns: ['index', 'nope'] })), {
    code: 'bad-option',
    message: /examples\.parquet has no column nope; its columns are run, source_model/,
  })
  await t.rejects(parquetMetadata(join(folder, 'absent.parquet')), { code: 'bad-option' })
})

await t.test('a file without rows reads as empty, and does not stop its folder', async (t) => {
  const root = join(folder, 'empties')
  mkdirSync(root)
  writeFileSync(join(root, 'a.parquet'), EMPTY_GROUP)
  writeFileSync(join(root, 'b.parquet'), NO_GROUP)
  for (const name of ['a', 'b']) {
    const file = join(root, `${name}.parquet`)
    t.same(await collect(readParquet(file)), [])
    t.match(await parquetMetadata(file), { rows: 0, columns: ['index', 'target'] })
    await t.rejects(collect(readParquet(file, { columns: ['nope'] })), { message: /no column nope/ })
    await t.rejects(readCases(file), { code: 'bad-data', message: /expected rows of index and target/ })
  }
  writeFileSync(join(root, 'c.parquet'), whole)
  const batches = await collect(readParquet(root, { columns: ['index'] }))
  t.equal(
    batches.reduce((rows, { numRows }) => rows + numRows, 0),
    250,
  )
})

await t.test('what is small and would be large is refused before there is memory for it', async (t) => {
  const header = Buffer.alloc(16)
  header.writeUInt32BE(0x803, 0)
  header.writeUInt32BE(2, 4)
  header.writeUInt32BE(28, 8)
  header.writeUInt32BE(28, 12)
  const alike = Buffer.from(header)
  alike.writeUInt32BE(4_000_000, 4)
  // gzip members follow each other: 3 GB
  const members = Array<Buffer>(768).fill(gzipSync(Buffer.alloc(2 ** 22)))
  // lists within each other, of 800,000 items each
  const nested = Buffer.from('f980ea30'.repeat(50), 'hex')
  const bombs: [name: string, bytes: Uint8Array, says: RegExp][] = [
    ['structs.parquet', withFooter(structWithList(12, 30e6, Uint8Array.of(0))), /footer.*1000000 values/],
    [
      'fields.parquet',
      withFooter(structWithList(12, 15e6, Uint8Array.of(0x11, 0))),
      /footer.*1000000 values/,
    ],
    ['texts.parquet', withFooter(structWithList(8, 30e6, Uint8Array.of(0))), /footer.*1000000 values/],
    [
      'just.parquet',
      withFooter(structWithList(12, 490e3, Uint8Array.of(0x11, 0))),
      /footer.*a field is missing/,
    ],
    ['deep.parquet', withFooter(Buffer.alloc(1e6, 0x1c)), /footer.*64 deep/],
    [
      'lists.parquet',
      withFooter(Buffer.concat([Uint8Array.of(0x29), nested, Buffer.alloc(1e6)])),
      /footer.*1000000 values/,
    ],
    [
      'number.parquet',
      withFooter(Buffer.concat([Uint8Array.of(0x36), Buffer.alloc(4e6, 0xff)])),
      /longer than 64/,
    ],
    ['list.parquet', LONG_LIST, /row group 0 .*unpack to more than/],
    ['dictionary.parquet', LONG_TEXTS, /row group 0 .*unpack to more than/],
    [
      'more-than-said',
      Buffer.concat([gzipSync(header), ...members]),
      /byte 1584: expected the end.*2 images of 28 × 28 bytes\), got more/,
    ],
    [
      'as-said',
      Buffer.concat([gzipSync(alike), ...members]),
      /byte 4: expected at most 1073741824 bytes in a gzipped file, got 4000000 images/,
    ],
  ]
  const files = bombs.map(([name, bytes]) => {
    const file = join(folder, name)
    writeFileSync(file, bytes)
    return file
  })
  const child = fileURLToPath(new URL('readChild.js', import.meta.url))
  const args = ['--max-old-space-size=320', child, ...files]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { file: string; said: string; megabytes: number })
  t.equal(lines.length, bombs.length, 'the process lives')
  for (const [i, { file, said, megabytes }] of lines.entries()) {
    const [name, , says] = bombs[i]
    t.match(said, says, name)
    t.ok(said.startsWith(`BlindspotError: ${file}`), said)
    t.ok(megabytes < 900, `${name}: ${megabytes} MB`)
  }
  t.ok(zstdFits(zeros(8), 2 ** 20), 'as large as its page says')
  t.notOk(zstdFits(zeros(9), 2 ** 20), 'larger')
  t.notOk(zstdFits(zeros(10_000), 2 ** 20), '1 GB in 40 kB')
})

await t.test('what is no file is not waited for', { skip: process.platform === 'win32' }, async (t) => {
  const root = join(folder, 'odd')
  mkdirSync(join(root, 'folder.parquet'), { recursive: true })
  execFileSync('mkfifo', [join(root, 'pipe.parquet')])
  await t.rejects(collect(readParquet(join(root, 'pipe.parquet'))), {
    code: 'bad-option',
    message: /pipe\.parquet cannot be read: expected a file, got a pipe/,
  })
  await t.rejects(collect(readParquet('/dev/zero')), { code: 'bad-option', message: /device/ })
})
