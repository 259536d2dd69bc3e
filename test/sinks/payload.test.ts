import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import { PAYLOADS, type Payload } from '../../operators/records/codes.js'
import { asStored, codesIn } from '../../operators/records/payload.js'
import { TABLES } from '../../operators/records/tables.js'
import { imageOf } from '../../pipelines/figures/pixels.js'
import { ParquetWriter, type ParquetOptions } from '../../sinks/parquet.js'
import { parquetMetadata } from '../../sources/parquet.js'
import { readExamples, readRecords } from '../../sources/records.js'
import { storedImages } from '../../sources/storedImages.js'
import { bytesOf, collect, examplesOf } from './records.js'

/** Examples within a box, whose values no code or float16 has. */
function inBox(n: number, [low, high]: readonly [number, number], values = 784) {
  const pixels = (shift: number) =>
    Float32Array.from({ length: n * values }, (_, i) => {
      const level = i % values < 500 ? 0 : Math.abs(Math.sin(i + shift) * 43758.5453) % 1
      return Math.fround(low + level * (high - low))
    })
  const original = pixels(0)
  const adversarial = original.map((value, i) =>
    Math.min(high, Math.max(low, value + 0.02 * (high - low) * Math.cos(i))),
  )
  const examples = { ...examplesOf(n), shape: [28, values / 28, 1] as const, original, adversarial }
  // what has no example has the original there
  for (let row = 0; row < n; row++)
    if (row % 3 === 2) adversarial.set(original.subarray(row * values, (row + 1) * values), row * values)
  return low === 0 && high === 1 ? examples : { ...examples, box: [low, high] as const }
}

async function written(path: string, batch: AdversarialBatch, options: ParquetOptions) {
  const writer = new ParquetWriter(path, options)
  await writer.write(TABLES.examples.toArrow(batch))
  await writer.close()
  return path
}

for (const box of [
  [0, 1],
  [-1, 1],
  [-123.5, 151.25],
] as const)
  await t.test(`images in ${box.join(' to ')} come back as the nearest that a payload has`, async (t) => {
    const batch = inBox(12, box)
    const folder = t.testdir()
    for (const payload of PAYLOADS) {
      const path = await written(join(folder, `${payload}.parquet`), batch, { payload })
      const [back] = await collect(readExamples(path))
      const { original, adversarial, ...rest } = back
      const { original: o, adversarial: a, ...others } = batch
      t.same(bytesOf(rest), bytesOf(others), 'all other columns are as they were')
      t.same(original, asStored(o, payload, box))
      t.same(adversarial, asStored(a, payload, box))
      const [low, high] = box
      const most = { float32: 0, float16: 2 ** -11, uint8: 1 / 510 }[payload]
      const scale = payload === 'float16' ? Math.max(Math.abs(low), high) : high - low
      const error = a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - adversarial[i])), 0)
      t.ok(error <= most * scale * 1.0001, `${payload}: ${error}`)
      if (payload !== 'float32') t.ok(error > 0, 'it is rounded')
      const [images] = await collect(storedImages({ format: 'parquet', path, adversarial: false }))
      t.same(images.pixels, original)
      const { keyValues } = await parquetMetadata(path)
      t.equal(keyValues.get('blindspot.payload'), payload === 'float32' ? undefined : payload)
    }
    const [first] = await collect(readRecords('examples', join(folder, 'uint8.parquet')))
    const again = await written(join(folder, 'again.parquet'), { ...batch, ...first }, { payload: 'uint8' })
    t.same((await collect(readExamples(again)))[0].adversarial, first.adversarial, 'a level has its own code')
  })

await t.test('files get smaller, and SQL sees numbers', async (t) => {
  const folder = t.testdir()
  const batch = inBox(300, [0, 1])
  const size = async (payload: Payload) =>
    statSync(await written(join(folder, `${payload}.parquet`), batch, { payload })).size
  const [float32, float16, uint8] = [await size('float32'), await size('float16'), await size('uint8')]
  t.ok(float16 < 0.7 * float32 && uint8 < 0.9 * float16, `${float32}, ${float16}, ${uint8} bytes`)

  const connection = await (await DuckDBInstance.create()).connect()
  const ask = async (payload: Payload) => {
    const sql = `SELECT typeof(original) AS type, original[700]::DOUBLE AS value FROM '${folder}/${payload}.parquet' LIMIT 1`
    return (await connection.runAndReadAll(sql)).getRowObjectsJson()[0]
  }
  const value = batch.original[699]
  t.same(await ask('float32'), { type: 'FLOAT[]', value })
  t.same(await ask('float16'), { type: 'FLOAT[]', value: asStored(Float32Array.of(value), 'float16')[0] })
  t.same(await ask('uint8'), { type: 'UTINYINT[]', value: codesIn(Float32Array.of(value), [0, 1])[0] })
  connection.closeSync()
})

await t.test('figures show levels, not codes', (t) => {
  const place = { filename: 'f', column: 'original', row: 0 }
  const note = { shape: [1, 3, 1] as const, box: [-1, 1] as const, coded: true }
  t.same(imageOf([0, 255, 51], note, place), Float32Array.of(-1, 1, -0.6))
  t.throws(() => imageOf([0, null, 51], note, place), { message: /got null/ })
  t.end()
})

await t.test('uint8 has no code for what is out of the box', async (t) => {
  const folder = t.testdir()
  const batch = inBox(3, [0, 1])
  batch.adversarial[784 + 5] = 1.5
  await t.rejects(written(join(folder, 'out.parquet'), batch, { payload: 'uint8' }), {
    code: 'bad-data',
    message: /out\.parquet.*adversarial.*row 1.*values from 0 to 1.*1\.5 at 5/,
  })
  const none = new ParquetWriter(join(folder, 'none.parquet'), {
    payload: 'uint8',
    empty: TABLES.examples.empty,
  })
  await none.close()
  t.same(await collect(readExamples(none.path)), [])
})
