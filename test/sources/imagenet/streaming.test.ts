import t from 'tap'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { firstValueFrom, lastValueFrom, take, tap } from 'rxjs'
import { consume } from '../../../operators/flow/consume.js'
import { BlindspotError } from '../../../operators/errors.js'
import type { ImageBatch } from '../../../operators/records/image.js'
import { batchesOf } from '../../../sources/imagenet/batches.js'
import { imagenet } from '../../../sources/imagenet.js'
import { batches, photograph, rows, size, tar, write } from './photographs.js'

const wnids = ['n01440764', 'n01443537', 'n01484850', 'n01491361', 'n01494475']

/** Twelve photographs in five classes, in folders, an archive of archives and shards. */
async function twelve(root: string): Promise<readonly string[]> {
  const files = await Promise.all(
    Array.from(
      { length: 12 },
      async (_, i) => [wnids[i % 5], `${wnids[i % 5]}_${10 + i}.JPEG`, await photograph(10 + i)] as const,
    ),
  )
  const sorted = files.sort((a, b) => (a[1] < b[1] ? -1 : 1))
  write(
    join(root, 'folders'),
    Object.fromEntries(sorted.map(([wnid, name, bytes]) => [`${wnid}/${name}`, bytes])),
  )
  const inner = wnids.map(
    async (wnid) =>
      [
        `${wnid}.tar`,
        await tar(sorted.filter((each) => each[0] === wnid).map(([, name, bytes]) => [name, bytes])),
      ] as const,
  )
  write(root, {
    'train.tar': await tar(await Promise.all(inner)),
    'shards/0.tar': await tar(
      sorted.flatMap(([wnid, , bytes], i) => [
        [`${i}.png`, bytes],
        [`${i}.cls`, String(wnids.indexOf(wnid))],
      ]),
    ),
  })
  return ['folders', 'train.tar', 'shards'].map((name) => join(root, name))
}

t.test('what is chosen: the same in all layouts, whatever the size of batches', async (t) => {
  const paths = await twelve(t.testdir())
  const whole = await rows(paths[0])
  t.same(
    whole.map(([index, label]) => [index, label]),
    [0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4].map((label, index) => [index, label]),
  )
  for (const path of paths) {
    t.same(await rows(path), whole, path)
    const sizes = await Promise.all(
      [1, 5, 12, 100].map((batchSize) => batches(imagenet(path, { size, batchSize }))),
    )
    t.same(
      sizes.map((all) => all.map(({ index }) => index.length)),
      [Array<number>(12).fill(1), [5, 5, 2], [12], [12]],
    )
    t.same(await rows(path, { skip: 3, limit: 4, batchSize: 3 }), whole.slice(3, 7))
    t.same(await rows(path, { skip: 20 }), [])
    t.same(
      await rows(path, { classes: ['n01443537', 4], limit: 4 }),
      whole.filter(([, label]) => label === 1 || label === 4).slice(0, 4),
    )
    const shards = await Promise.all([0, 1, 2, 3, 4].map((index) => rows(path, { shard: { index, of: 5 } })))
    t.same(
      shards.flat().sort(([a], [b]) => a - b),
      whole,
      'disjoint, and together everything',
    )
    t.same(shards[1], [whole[1], whole[6], whole[11]], 'dealt out in turn')
    const shuffled = await rows(path, { shuffle: 3 })
    t.notSame(shuffled, whole)
    t.same(
      [...shuffled].sort(([a], [b]) => a - b),
      whole,
    )
    t.same(await rows(path, { shuffle: { seed: 3 }, skip: 2, limit: 6, batchSize: 4 }), shuffled.slice(2, 8))
    t.notSame(await rows(path, { shuffle: 4 }), shuffled)
  }
  const order = await rows(paths[0], { shuffle: 3 })
  t.same(
    await rows(paths[0], { shuffle: 3, classes: [0, 1] }),
    order.filter(([, label]) => label < 2),
    'in the order of the whole',
  )
})

t.test('what cannot be read takes its place and is noted, alone or all of it', async (t) => {
  const [good, short] = [await photograph(9, 64), (await photograph(9, 64)).subarray(0, 100)]
  const root = write(t.testdir(), {
    'n01440764/a.JPEG': good,
    'n01440764/b.JPEG': short,
    'n01440764/c.JPEG': '',
    'n01440764/d.JPEG': 'text',
    'n01440764/e.JPEG': good,
    'n01440764/f.JPEG': await photograph(9, 65),
  })
  const all = await batches(imagenet(root, { size, batchSize: 2, mostPixels: 64 * 64 }))
  t.same(
    all.map(({ index, label, pixels, shape, unreadable = [] }) => [
      [...index],
      [...label],
      pixels.length,
      [...shape],
      unreadable.map(({ index, path }) => [index, path]),
    ]),
    [
      [[0], [0], 192, [8, 8, 3], [[1, 'n01440764/b.JPEG']]],
      [
        [],
        [],
        0,
        [8, 8, 3],
        [
          [2, 'n01440764/c.JPEG'],
          [3, 'n01440764/d.JPEG'],
        ],
      ],
      [[4], [0], 192, [8, 8, 3], [[5, 'n01440764/f.JPEG']]],
    ],
  )
  const noted = all.flatMap(({ unreadable = [] }) => unreadable)
  t.ok(
    noted.every(
      ({ dataset, split, reason }) => dataset === all[0].dataset && split === 'all' && reason !== '',
    ),
  )
  t.match(noted[1].reason, /empty/)
  t.same(
    await batches(imagenet(root, { size, skip: 1, limit: 2, batchSize: 9 })).then((got) =>
      got.map(({ unreadable }) => unreadable?.length),
    ),
    [2],
  )
})

t.test('what no photograph is to blame for ends the stream, after a batch of those before it', async (t) => {
  const photographs = async function* () {
    for (let index = 0; index < 3; index++)
      yield await Promise.resolve({
        ...{ index, label: 0, path: `${index}.jpg` },
        bytes: () => (index === 1 ? Promise.reject(failures.read) : Promise.resolve(Uint8Array.of(index))),
      })
  }
  const failures = { read: new Error(), decode: new Error() }
  const outcome = async (read: Error, decode: Error) => {
    Object.assign(failures, { read, decode })
    const all: ImageBatch[] = []
    const stream = batchesOf(
      photographs(),
      {
        ...{ dataset: 'any', split: 'any', batchSize: 9, concurrency: 2, shape: [1, 1, 3] },
        decode: ([value]) => (value === 2 ? Promise.reject(decode) : Promise.resolve(Uint8Array.of(1, 2, 3))),
      },
      new AbortController().signal,
    )
    try {
      for await (const batch of stream) all.push(batch)
    } catch (error) {
      return [all.map(({ index }) => [...index]), error]
    }
    return all.map(({ unreadable = [] }) => unreadable.map(({ index }) => index))
  }
  const bad = new BlindspotError('bad-data', 'cut off')
  const lost = new BlindspotError('io', 'EACCES', { cause: Object.assign(new Error(), { code: 'EACCES' }) })
  t.same(await outcome(lost, bad), [[1, 2]])
  const noRoom = new BlindspotError('io', 'no room')
  t.same(await outcome(bad, noRoom), [[[0]], noRoom], 'what resizes has no memory')
  const noFiles = new BlindspotError('io', 'EMFILE', {
    cause: Object.assign(new Error(), { code: 'EMFILE' }),
  })
  t.same(await outcome(noFiles, bad), [[[0]], noFiles])
  const bug = new TypeError('a bug')
  t.same(await outcome(bug, bad), [[[0]], bug])
  t.same(await outcome(bad, bug), [[[0]], bug])
})

t.test('an archive that ends early is an error that names it, after what was whole', async (t) => {
  const root = t.testdir()
  const [, train] = await twelve(root)
  const path = join(root, 'cut.tar')
  const bytes = readFileSync(train)
  for (const [cut, least] of [
    [bytes.length / 2, 5],
    [bytes.length - 1500, 12],
  ]) {
    writeFileSync(path, bytes.subarray(0, cut))
    const got: ImageBatch[] = []
    const error: unknown = await lastValueFrom(
      imagenet(path, { size, batchSize: 2 }).pipe(tap((batch) => got.push(batch))),
    ).catch((error: unknown) => error)
    t.ok(error instanceof BlindspotError && error.code === 'bad-data')
    t.match(String(error), /cut\.tar.*(cut off or corrupt)/)
    const count = got.flatMap(({ index }) => [...index])
    t.ok(count.length >= least && count.every((index, i) => index === i), `${count.length} were whole`)
  }
  writeFileSync(path, bytes)
  const at = bytes.indexOf('n01443537.tar')
  writeFileSync(path, Buffer.concat([bytes.subarray(0, at), Buffer.from('x'), bytes.subarray(at + 1)]))
  await t.rejects(batches(imagenet(path, { size })), { code: 'bad-data', message: /cut\.tar.*corrupt/ })
})

t.test('an archive that ends within a photograph is an error that names it, gzipped or not', async (t) => {
  const root = t.testdir()
  const bytes = await photograph(1, 64)
  const large = Buffer.concat([bytes, Buffer.alloc(2 ** 20)])
  const whole = await tar([
    ['n01440764_1.JPEG', bytes],
    ['n01440764_2.JPEG', large],
  ])
  const cut = whole.subarray(0, whole.length - 2 ** 19)
  const packed = gzipSync(Buffer.concat([whole, randomBytes(2 ** 19)]))
  write(root, {
    'cut.tar': cut,
    'cut.tar.gz': packed.subarray(0, 900),
    'inner.tar': await tar([['n01440764.tar', cut]]),
  })
  for (const name of ['cut.tar', 'cut.tar.gz', 'inner.tar'])
    await t.rejects(
      batches(imagenet(join(root, name), { size, batchSize: 1 })),
      { code: 'bad-data', message: new RegExp(`${name}.*cut off or corrupt`) },
      name,
    )
})

/** Files of this process that are open. */
const openFiles = () => readdirSync('/proc/self/fd').length

t.test('nothing is made that nobody takes; who leaves closes all', async (t) => {
  const root = t.testdir()
  const many = Array.from({ length: 400 }, (_, i) => i)
  const bytes = await photograph(1, 32)
  write(root, {
    'many.tar': await tar(many.map((i) => [`n01440764_${i}.JPEG`, bytes] as const)),
    ...Object.fromEntries(many.map((i) => [`folders/n01440764/${i}.JPEG`, bytes])),
  })
  const hasProc = process.platform === 'linux'
  for (const path of ['many.tar', 'folders']) {
    const before = hasProc ? openFiles() : 0
    await firstValueFrom(imagenet(join(root, path), { size, batchSize: 2 }).pipe(take(1)))
    // what was on its way comes to its end
    for (let i = 0; i < 200 && hasProc && openFiles() > before; i++)
      await new Promise((resolve) => setTimeout(resolve, 10))
    t.equal(hasProc ? openFiles() : 0, before, path)
  }
})

t.test('an archive larger than what is in memory', async (t) => {
  // a photograph that is followed by zeros up to 4 MB, 150 times: 600 MB, which a file with holes does not take
  const root = t.testdir()
  const path = join(root, 'n01440764.tar')
  const jpeg = await photograph(7, 16)
  const padded = 2 ** 22
  const header = (await tar([['n01440764_1.JPEG', new Uint8Array(padded)]])).subarray(0, 512)
  const count = 150
  const file = openSync(path, 'w')
  for (let i = 0; i < count; i++) {
    writeSync(file, header, 0, 512, i * (512 + padded))
    writeSync(file, jpeg, 0, jpeg.length, i * (512 + padded) + 512)
  }
  ftruncateSync(file, count * (512 + padded) + 1024)
  closeSync(file)
  let [most, images] = [0, 0]
  const start = process.memoryUsage().rss
  await consume(imagenet(path, { size, batchSize: 16 }), async ({ index, unreadable = [] }) => {
    images += index.length + unreadable.length
    most = Math.max(most, process.memoryUsage().rss - start)
    await new Promise((resolve) => setImmediate(resolve))
  })
  t.equal(images, count)
  t.ok(most < 2e8, `${Math.round(most / 2 ** 20)} MB more at most, of 600`)
})
