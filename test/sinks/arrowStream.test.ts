import { createReadStream, createWriteStream, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { tableFromIPC, type RecordBatch } from 'apache-arrow'
import { EMPTY, from, map } from 'rxjs'
import t from 'tap'
import { ArrowWriter, readArrow, stream, TABLES, toArrowStream } from 'blindspot'
import { bytesOf, collect, examplesOf, scoresOf } from './records.js'

const folder = t.testdir()
const batches = [examplesOf(10), examplesOf(7, 10), examplesOf(3, 0, 'AE400-10')]
const text = async (bytes: AsyncIterable<Uint8Array>) => Buffer.concat(await collect(bytes))

async function readBack(bytes: Uint8Array, name: string) {
  const path = join(folder, `${name}.arrows`)
  await pipeline([bytes], createWriteStream(path))
  return (await collect(readArrow(path))).flatMap((batch) => TABLES.examples.fromArrow(batch)).map(bytesOf)
}

t.test('the bytes of a file, as a Web stream and as a Node stream', async (t) => {
  const path = join(folder, 'file.arrows')
  const writer = new ArrowWriter(path)
  for (const batch of batches) await writer.write(TABLES.examples.toArrow(batch))
  await writer.close()
  const expected = readFileSync(path)
  const made = () => toArrowStream(from(batches), 'examples')

  t.ok(expected.equals(await text(made())), 'for await')
  t.ok(expected.equals(Buffer.from(await new Response(made() as unknown as BodyInit).arrayBuffer())))
  t.ok(expected.equals(await text(made().toNode())), 'Node')
  t.same(await readBack(await text(made()), 'back'), batches.map(bytesOf))

  const written = join(folder, 'written.arrows')
  await pipeline(made().toNode(), createWriteStream(written))
  t.ok(expected.equals(await text(createReadStream(written))))

  const server = createServer((_, response) => void made().toNode().pipe(response)).listen(0)
  const { port } = server.address() as AddressInfo
  const got = await fetch(`http://127.0.0.1:${port}`)
  t.ok(expected.equals(Buffer.from(await got.arrayBuffer())), 'over HTTP')
  server.close()

  const arrow = toArrowStream(from(batches).pipe(map((batch) => TABLES.examples.toArrow(batch))))
  t.ok(expected.equals(await text(arrow)), 'of batches, too')
})

t.test('without rows there is a schema', async (t) => {
  const table = tableFromIPC(await text(toArrowStream(EMPTY, 'scores')))
  t.equal(table.numRows, 0)
  t.same(
    table.schema.fields.map(({ name }) => name),
    TABLES.scores.columns.map(({ name }) => name),
  )
  await t.rejects(text(toArrowStream(EMPTY)), { code: 'bad-data', message: /no batch came.*name the table/ })
})

t.test('who reads slowly holds the source up, and who leaves ends it', async (t) => {
  let [made, ended] = [0, 0]
  const source = stream(async function* () {
    try {
      for (;;) yield await Promise.resolve(scoresOf(10, 10 * made++))
    } finally {
      ended++
    }
  })
  const bytes = toArrowStream(source, 'scores')
  await new Promise(setImmediate)
  t.equal(made, 0, 'nothing is made before it is asked for')
  const reader = bytes.getReader()
  for (let i = 1; i <= 3; i++) {
    await reader.read()
    await new Promise((resolve) => setTimeout(resolve, 5))
    t.ok(made <= i + 1, `${made} made, ${i} read`)
  }
  await reader.cancel()
  t.equal(ended, 1)

  const node = toArrowStream(source, 'scores').toNode()
  node.once('data', () => node.destroy())
  await new Promise((resolve) => node.once('close', resolve))
  await new Promise(setImmediate)
  t.equal(ended, 2, 'destroyed')
  for await (const chunk of toArrowStream(source, 'scores')) if (chunk.length > 0) break
  t.equal(ended, 3, 'left')
})

t.test('errors are the stream’s', async (t) => {
  const broken = stream(function* () {
    yield scoresOf(10)
    throw new Error('the source failed')
  })
  let bytes = 0
  await t.rejects(
    (async () => {
      for await (const chunk of toArrowStream(broken, 'scores')) bytes += chunk.length
    })(),
    /the source failed/,
  )
  t.ok(bytes > 0, 'what was before came')
  await t.rejects(text(toArrowStream(broken, 'scores').toNode()), /the source failed/)

  let left = false
  const mixed = stream<RecordBatch>(function* () {
    try {
      yield TABLES.scores.toArrow(scoresOf(3))
      yield TABLES.examples.toArrow(examplesOf(3))
      yield TABLES.scores.toArrow(scoresOf(3))
    } finally {
      left = true
    }
  })
  await t.rejects(text(toArrowStream(mixed)), { code: 'bad-data', message: /columns of a batch differ/ })
  t.ok(left, 'the source is left')
})
