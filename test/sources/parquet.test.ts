import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import { adversarialToArrow } from '../../operators/records/adversarial.js'
import { ParquetWriter } from '../../sinks/parquet.js'
import { readFooter } from '../../sources/parquetFooter.js'
import { parquetMetadata, readParquet } from '../../sources/parquet.js'
import { readExamples } from '../../sources/records.js'
import { bytesOf, collect, examplesOf } from '../sinks/records.js'

const folder = t.testdir()
const path = join(folder, 'examples.parquet')
const writer = new ParquetWriter(path, { rowGroupRows: 100 })
await writer.write(adversarialToArrow(examplesOf(250, 0, 'FC10(1)', 784)))
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
  const file = await open(path)
  const footer = await readFooter(file, path)
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
  await t.rejects(count(`${root}/*.parquet`), { code: 'io', message: /there is no/ })
  await t.rejects(count(join(root, 'none.parquet')), { code: 'io', message: /none\.parquet/ })
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
    code: 'bad-data',
    message: /examples\.parquet has no column nope; its columns are run, source_model/,
  })
  await t.rejects(parquetMetadata(join(folder, 'absent.parquet')), { code: 'io' })
})
