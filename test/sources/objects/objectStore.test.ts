import { inspect } from 'node:util'
import t, { type Test } from 'tap'
import { AtomicFile } from '../../../sources/atomicFile.js'
import { objectStore } from '../../../sources/objects/objectStore.js'
import { disk } from '../../../sources/store.js'
import {
  environmentOf,
  faulty,
  NEEDS_MOTO,
  NEEDS_VERSITYGW,
  SECRET_KEY,
  startMoto,
  startVersitygw,
  type Fault,
} from '../../objects.js'
import type { Server } from '../../servers.js'

const useStore = (url: string) => Object.assign(process.env, environmentOf(url))
const MEBIBYTE = 2 ** 20

/** A file with some bytes that is finished and has no name. */
async function finished(t: Test, name: string, bytes: Buffer): Promise<AtomicFile> {
  const file = await AtomicFile.create(`${t.testdir()}/${name}`)
  await file.write(bytes)
  await file.finish()
  return file
}

async function answersAsAStore(t: Test, server: Server, bucket: string): Promise<void> {
  useStore(server.url)
  const root = `s3://${bucket}/a prefix/ünd`
  const store = objectStore(root)
  t.equal(store.place('a/b'), `${root}/a/b`)
  t.equal(await store.text('none', () => undefined), undefined)
  t.equal(await store.stat('none'), undefined)
  t.equal(await store.stamp('none'), undefined)
  t.equal(await store.real('none'), undefined)
  t.equal(await store.list('none'), undefined)
  t.equal(await store.remove('none'), false)
  t.equal(await store.put('scores/source=FC10%281%29/one.json', 'first'), true)
  const before = await store.stamp('scores/source=FC10%281%29/one.json')
  t.equal(await store.put('scores/source=FC10%281%29/one.json', 'second'), true)
  t.not(await store.stamp('scores/source=FC10%281%29/one.json'), before)
  t.equal(await store.text('scores/source=FC10%281%29/one.json', () => undefined), 'second')
  await t.rejects(
    store.text('scores/source=FC10%281%29/one.json', (size) => {
      throw new Error(`${size} bytes`)
    }),
    /6 bytes/,
  )
  t.match(await store.stat('scores/source=FC10%281%29/one.json'), { kind: 'file', size: 6 })
  t.match(await store.stat('scores'), { kind: 'folder' })
  t.equal(await store.real('scores'), `${root}/scores`)
  t.same(
    (await store.list('scores'))?.map(({ name, kind }) => `${kind} ${name}`),
    ['folder source=FC10%281%29'],
  )
  t.match(await store.list('scores/source=FC10%281%29'), [{ name: 'one.json', kind: 'file', size: 6 }])
  t.same(
    (await store.list(''))?.map(({ name }) => name),
    ['scores'],
  )
  t.match(await store.list('', true), [{ name: 'scores/source=FC10%281%29/one.json', kind: 'file', size: 6 }])

  const texts = Array.from({ length: 12 }, (_, i) => `the ${i}th`)
  const put = await Promise.all(texts.map((text) => store.put('v1.json', text, { ifAbsent: true })))
  t.equal(put.filter(Boolean).length, 1, 'of many one')
  t.equal(await store.text('v1.json', () => undefined), texts[put.indexOf(true)], 'its own')

  const opened = await store.open('v1.json')
  t.equal((await opened.read(1, 3)).toString(), 'he')
  t.equal((await opened.read(2, 2)).length, 0)
  await t.rejects(opened.read(1, 70), { name: 'RangeError' })
  await store.put('changing', Buffer.alloc(4 * MEBIBYTE, 'one'))
  const changing = await store.open('changing')
  t.equal((await changing.read(0, 3)).toString(), 'one')
  await store.put('changing', Buffer.alloc(4 * MEBIBYTE, 'two'))
  await t.rejects(changing.read(3 * MEBIBYTE, 3 * MEBIBYTE + 3), { code: 'io' }, 'not half of each')

  const bytes = Buffer.alloc(20 * MEBIBYTE, 'many parts')
  const file = await finished(t, 'large', bytes)
  t.equal(await store.give(file, 'large.bin'), true)
  t.equal(await store.give(file, 'large.bin'), false, 'no name is given twice')
  await file.abort()
  t.match(await store.stat('large.bin'), { size: bytes.length })
  const large = await store.open('large.bin')
  const tail = [bytes.length - 1000, bytes.length] as const
  t.same(await large.read(...tail), bytes.subarray(...tail))
  for (const [from, to] of [
    [0, 4],
    [bytes.length - 8, bytes.length],
    [5, 3 * MEBIBYTE],
    [3 * MEBIBYTE - 1, 14 * MEBIBYTE],
    [14 * MEBIBYTE - 2, 14 * MEBIBYTE],
  ] as const)
    t.ok((await large.read(from, to)).equals(bytes.subarray(from, to)), `bytes ${from} to ${to}`)

  await store.move('large.bin', 'moved/large.bin')
  t.same(
    (await disk.list(`${root}/moved`))?.map(({ name }) => name),
    ['large.bin'],
    'by its URL as well',
  )
  t.equal(await store.remove('moved/large.bin'), true)
  t.equal(await store.stat('moved'), undefined, 'an empty folder is none')
  await t.rejects(store.open('none'), {
    code: 'bad-option',
    message: `${root}/none cannot be read: it is not there`,
  })
}

t.test('answers of a server that works as Amazon’s', { skip: NEEDS_MOTO }, async (t) => {
  const server = await startMoto('moto')
  t.teardown(() => server.close())
  await answersAsAStore(t, server, 'moto')
})

t.test('answers of a server with a file system behind it', { skip: NEEDS_VERSITYGW }, async (t) => {
  const server = await startVersitygw('gateway')
  t.teardown(() => server.close())
  await answersAsAStore(t, server, 'gateway')
})

t.test(
  'what passes is tried again, and an answer that was lost is known',
  { skip: NEEDS_VERSITYGW },
  async (t) => {
    const server = await startVersitygw('faulty')
    t.teardown(() => server.close())
    const faults: Fault[] = ['dropped', 'none', 503, 'lost', 'slow', 'none', 'dropped', 503]
    const network = await faulty(server, (_, __, count) => faults[count % faults.length])
    t.teardown(() => network.close())
    useStore(network.url)
    const store = objectStore('s3://faulty/set')
    for (let i = 0; i < 4; i++) {
      t.equal(await store.put(`n${i}`, `the ${i}th`, { ifAbsent: true }), true, `its own, ${i}`)
      t.equal(await store.put(`n${i}`, 'of another', { ifAbsent: true }), false)
      t.equal(await store.text(`n${i}`, () => undefined), `the ${i}th`)
    }
    t.ok(network.count() > 12)
    const bytes = Buffer.alloc(20 * MEBIBYTE, 'many parts')
    const file = await finished(t, 'large', bytes)
    t.equal(await store.give(file, 'large.bin'), true)
    await file.abort()
    const opened = await store.open('large.bin')
    t.same(await opened.read(5, bytes.length), bytes.subarray(5))
  },
)

t.test(
  'a server that dies in mid-upload leaves nothing under the name',
  { skip: NEEDS_VERSITYGW },
  async (t) => {
    const server = await startVersitygw('dying')
    t.teardown(() => server.close())
    let parts = 0
    const network = await faulty(server, (method, path) => {
      if (method !== 'PUT' || !path.includes('partNumber=')) return 'none'
      if (++parts === 2) void server.kill()
      return parts < 2 ? 'none' : 'dropped'
    })
    t.teardown(() => network.close())
    useStore(network.url)
    const store = objectStore('s3://dying/set')
    const file = await finished(t, 'large', Buffer.alloc(40 * MEBIBYTE, 'many parts'))
    await t.rejects(store.give(file, 'large.bin'), {
      code: 'io',
      message: /^s3:\/\/dying\/set\/large.bin cannot be written: /,
    })
    await server.start()
    t.equal(await store.stat('large.bin'), undefined)
    parts = 3
    useStore(server.url)
    t.equal(await objectStore('s3://dying/set').list(''), undefined)
    await file.abort()
  },
)

t.test('errors say what to look at, and never a secret', { skip: NEEDS_VERSITYGW }, async (t) => {
  const server = await startVersitygw('there')
  t.teardown(() => server.close())
  useStore(server.url)
  const said = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => new Error('it was done'),
      (error: unknown) => error as Error & { code?: string },
    )
    t.match(error, { name: 'BlindspotError' })
    for (const secret of [SECRET_KEY, 'key-of-the-bucket', 'Signature=', 'X-Amz'])
      t.notMatch(inspect(error, { depth: 9 }), secret)
    return error.message
  }
  t.match(await said(objectStore('s3://missing/x').put('a', 'b')), /NoSuchBucket.*see the bucket's name/)
  process.env['AWS_SECRET_ACCESS_KEY'] = 'of another'
  await objectStore('s3://there/x')
    .put('a', 'b')
    .catch(() => undefined)
  t.match(await said(objectStore('s3://there/x').put('a', 'b')), /SignatureDoesNotMatch.*AWS_ACCESS_KEY_ID/)
  useStore('http://127.0.0.1:9')
  t.match(
    await said(objectStore('s3://nobody/x').text('a', () => undefined)),
    /s3:\/\/nobody\/x\/a cannot be read: .*see the network/,
  )
  t.match(await said(objectStore('s3://user:pass@bucket/x').put('a', 'b')), /without credentials/)
  t.notMatch(await said(objectStore('s3://user:pass@bucket/x').put('a', 'b')), 'pass')
})
