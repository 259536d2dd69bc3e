import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tableFromIPC, tableToIPC } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow'
import t from 'tap'
import { TABLES } from '../../operators/records/tables.js'
import { ArrowWriter } from '../../sinks/arrow.js'
import { readArrow } from '../../sources/arrow.js'
import { checkBatch } from '../../sources/arrowBatch.js'
import { activationsOf, bytesOf, coherenceRow, collect, examplesOf, ranksOf, scoresOf } from './records.js'

await t.test('records come back bit for bit, and another reader agrees', async (t) => {
  const path = join(t.testdir(), 'examples.arrows')
  const batches = [examplesOf(10), examplesOf(7, 10), examplesOf(3, 0, 'AE400-10')]
  const writer = new ArrowWriter(path)
  await Promise.all(batches.map((batch) => writer.write(TABLES.examples.toArrow(batch))))
  t.notOk(existsSync(path), 'no file before it is whole')
  t.equal((await writer.close()).rows, 20)
  const back = await collect(readArrow(path))
  t.same(back.flatMap((batch) => TABLES.examples.fromArrow(batch)).map(bytesOf), batches.map(bytesOf))
  t.equal(tableFromIPC(readFileSync(path)).numRows, 20)
  const [small] = await collect(readArrow(path, { columns: ['distortion', 'index'] }))
  t.same(
    small.schema.fields.map(({ name }) => name),
    ['index', 'distortion'],
  )
  t.same(
    ['index', 'distortion'].map((name) => small.getChild(name)?.get(1) as unknown),
    [batches[0].index[1], batches[0].distortion[1]],
    'the values of these',
  )
  await t.rejects(collect(readArrow(path, { columns: ['nope'] })), {
    code: 'bad-option',
    message: /nope.*its columns are run/,
  })
})

await t.test('rows are chosen, and files by their folders', async (t) => {
  const folder = t.testdir({ 'source=a': {}, 'source=b': { 'x.arrows': 'no Arrow' } })
  const writer = new ArrowWriter(join(folder, 'source=a', 'x.arrows'))
  for (const batch of [scoresOf(10), scoresOf(10, 10)]) await writer.write(TABLES.scores.toArrow(batch))
  await writer.close()
  const where = { source: { equals: 'a' }, index: { least: 8, most: 12 } }
  const found = await collect(readArrow(folder, { where, columns: ['index'] }))
  t.same(
    found.map((batch) => [...(batch.getChild('index')?.toArray() as Int32Array)]),
    [
      [8, 9],
      [10, 11, 12],
    ],
  )
  const none = collect(readArrow(folder, { where: { source: { equals: 'a' }, nope: { equals: 1 } } }))
  await t.rejects(none, { code: 'bad-option', message: /has no column nope; its columns are run/ })
})

await t.test('activations, ranks and coherence too', async (t) => {
  const records = {
    activations: [activationsOf(40), activationsOf(3, 'train')],
    ranks: [ranksOf(20), ranksOf(7, 'uniform')],
    coherence: [[coherenceRow(0), coherenceRow(1)], [coherenceRow(2)]],
  }
  for (const [table, batches] of Object.entries(records)) {
    const path = join(t.testdir(), `${table}.arrows`)
    const { toArrow, fromArrow } = TABLES[table as keyof typeof records]
    const writer = new ArrowWriter(path)
    for (const batch of batches) await writer.write((toArrow as (record: unknown) => RecordBatch)(batch))
    await writer.close()
    const back: object[] = (await collect(readArrow(path))).flatMap((batch) => fromArrow(batch) as object[])
    t.same(back.map(bytesOf), batches.map(bytesOf), table)
  }
})

await t.test('of a stream cut off anywhere, all whole batches are read before the error', async (t) => {
  const folder = t.testdir()
  const writer = new ArrowWriter(join(folder, 'scores.arrows'))
  const ends: number[] = []
  for (let i = 0; i < 3; i++) {
    await writer.write(TABLES.scores.toArrow(scoresOf(100, 100 * i)))
    // what a killed process leaves
    ends.push(readFileSync(writer.temporary ?? '').length)
  }
  const whole = readFileSync(writer.temporary ?? '')
  await writer.abort()
  t.same(readdirSync(folder), [])
  const path = join(folder, '.scores.arrows.1-00000000.tmp')
  const found: number[] = []
  const lengths = [0, 5, ends[0] - 1, ends[0], ends[0] + 3, ends[1] + 200, ends[2]]
  for (const length of lengths) {
    writeFileSync(path, whole.subarray(0, length))
    const batches: RecordBatch[] = []
    let message = ''
    try {
      for await (const batch of readArrow(path)) batches.push(batch)
    } catch (error) {
      message = (error as Error).message
    }
    t.match(message, `before it are ${batches.length} whole batches`)
    found.push(batches.reduce((rows, { numRows }) => rows + numRows, 0))
  }
  t.same(found, [0, 0, 0, 100, 100, 200, 300])
  writeFileSync(path, 'this is not an Arrow stream')
  await t.rejects(collect(readArrow(path)), { code: 'bad-data', message: /byte 0/ })
})

await t.test('a file with bytes that are not its own is an error that names it, or reads', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'examples.arrows')
  const writer = new ArrowWriter(path)
  await writer.write(TABLES.examples.toArrow(examplesOf(4)))
  await writer.close()
  const whole = readFileSync(path)
  const hit = join(folder, 'hit.arrows')
  const read = async (bytes: Uint8Array) => {
    writeFileSync(hit, bytes)
    for (const batch of await collect(readArrow(hit))) TABLES.examples.fromArrow(batch)
  }
  let errors = 0
  const file = Buffer.from(tableToIPC(tableFromIPC(whole), 'file'))
  const places = [whole, file].flatMap((bytes) =>
    Array.from({ length: Math.floor(bytes.length / 17) }, (_, i) => [bytes, 17 * i] as const),
  )
  for (const [bytes, at] of places) {
    const flipped = Buffer.from(bytes)
    // lengths become huge, or negative
    flipped[at] ^= 0x80
    await read(flipped).catch((error: unknown) => {
      errors++
      t.match(error, { name: 'BlindspotError', code: 'bad-data' }, `byte ${at}`)
    })
  }
  t.ok(errors > 100, `${errors} errors`)
  writeFileSync(hit, file)
  const [batch] = await collect(readArrow(hit))
  t.same(bytesOf(TABLES.examples.fromArrow(batch)[0]), bytesOf(examplesOf(4)))
  for (const field of ['index', 'run', 'original']) {
    const data = batch.getChild(field)?.data[0] as Record<string, unknown> | undefined
    const short = field === 'index' ? 'values' : 'valueOffsets'
    const own = data?.[short] as Int32Array
    Object.defineProperty(data, short, { value: own.subarray(0, 2) })
    t.throws(() => checkBatch(batch), { name: 'RangeError', message: new RegExp(field) })
    Object.defineProperty(data, short, { value: own })
  }
  checkBatch(batch)
})
