import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { emnist } from '../../sources/emnist.js'
import { mnist } from '../../sources/mnist.js'
import { parseSource } from '../../sources/source.js'
import { idx, zip } from './archives.js'
import { contract, joined } from './contract.js'

const root = t.testdir()
/** Images of 3 × 2 as they are to be seen, of which the files have rows and columns exchanged. */
const N = 9
const seen = Array.from({ length: N }, (_, i) => Array.from({ length: 6 }, (_, at) => 20 * i + at))
const published = seen.map(([a, b, c, d, e, f]) => [a, c, e, b, d, f])
const letters = [1, 26, 2, 13, 5, 1, 7, 9, 25]
const images = gzipSync(idx([N, 2, 3], Uint8Array.from(published.flat())))
const labels = (values: readonly number[]) => gzipSync(idx([values.length], Uint8Array.from(values)))
const mapping = Array.from({ length: 26 }, (_, i) => `${i + 1} ${65 + i} ${97 + i}`).join('\n')
const files = {
  'gzip/emnist-letters-train-images-idx3-ubyte.gz': images,
  'gzip/emnist-letters-train-labels-idx1-ubyte.gz': labels(letters),
  'gzip/emnist-letters-test-images-idx3-ubyte.gz': images,
  'gzip/emnist-letters-test-labels-idx1-ubyte.gz': labels(letters),
  'gzip/emnist-letters-mapping.txt': Buffer.from(`${mapping}\r\n`),
  'gzip/emnist-byclass-train-images-idx3-ubyte.gz': images,
  'gzip/emnist-byclass-train-labels-idx1-ubyte.gz': labels([0, 61, 3, 4, 5, 6, 7, 8, 9]),
}
const folder = (name: string, some: Readonly<Record<string, Uint8Array>>): string => {
  mkdirSync(join(root, name, 'gzip'), { recursive: true })
  for (const [file, bytes] of Object.entries(some)) writeFileSync(join(root, name, file), bytes)
  return join(root, name)
}

t.test('letters as they are published', async (t) => {
  const path = join(root, 'gzip.zip')
  writeFileSync(path, zip(files))
  const source = parseSource(`emnist@set=letters,split=train:${path}`)
  t.equal(source.describe, `emnist@set=letters,split=train:${path}`)
  await contract(t, source, N)
  const whole = await joined(source.open())
  t.same(whole.shape, [3, 2, 1])
  t.same(
    whole.pixels,
    seen.flat().map((byte) => Math.fround(byte / 255)),
    'upright',
  )
  t.same(
    whole.label,
    letters.map((letter) => letter - 1),
    'from 0',
  )
  t.same([(await source.classes?.())?.slice(0, 2), await source.classCount?.()], [['Aa', 'Bb'], 26])
  const { hash, ...named } = await source.identity()
  t.same(named, { dataset: `emnist-letters-${hash}`, split: 'train' })

  const unpacked = folder('unpacked', files)
  t.same(await joined(emnist(unpacked, { set: 'letters', split: 'train' })), whole, 'in a folder above gzip')
  t.same(
    await parseSource(`emnist@set=letters,split=train:${unpacked}/gzip`).identity(),
    await source.identity(),
  )
  const byclass = parseSource(`emnist@set=byclass:${path}`)
  t.same(
    [(await joined(byclass.open())).label[1], await byclass.classCount?.()],
    [61, 62],
    'without a mapping',
  )
})

t.test('what is wrong', async (t) => {
  const path = join(root, 'gzip.zip')
  await t.rejects(joined(emnist(path)), {
    code: 'bad-option',
    message:
      /set: expected one of byclass, letters, got none; say which, as in emnist@set=byclass,split=train:/,
  })
  await t.rejects(joined(emnist(path, { set: 'letters' })), {
    code: 'bad-option',
    message: /split: expected one of train, test/,
  })
  const letter = 'gzip/emnist-letters-train-labels-idx1-ubyte.gz'
  const image = 'gzip/emnist-letters-train-images-idx3-ubyte.gz'
  for (const [name, some, message] of [
    [
      'zero',
      { [image]: images, [letter]: labels([1, 0, 1, 1, 1, 1, 1, 1, 1]) },
      /labels-idx1-ubyte\.gz: label 1: expected one of the 26 classes of letters, got 0/,
    ],
    ['fewer', { [image]: images, [letter]: labels([1, 2]) }, /expected 9 labels, as many as images, got 2/],
    [
      'alone',
      { [image]: images },
      /expected images and labels of letters train, got only emnist-letters-train-images/,
    ],
    ['cut', { [image]: images.subarray(0, 30), [letter]: labels(letters) }, /truncated|corrupt/],
    [
      'mapping',
      { [image]: images, [letter]: labels(letters), 'gzip/emnist-letters-mapping.txt': Buffer.from('1 A') },
      /mapping\.txt: line 1: expected a label and codes/,
    ],
  ] as const)
    await t.rejects(joined(emnist(folder(name, some))), { code: 'bad-data', message }, name)
  writeFileSync(join(root, 'matlab.zip'), '')
  await t.rejects(joined(emnist(join(root, 'matlab.zip'))), { message: /version for Matlab; take gzip\.zip/ })
  await t.rejects(joined(emnist(folder('others', { 'gzip/a.txt': Buffer.from('') }))), {
    code: 'bad-option',
    message: /expected EMNIST's files/,
  })
  await t.rejects(joined(emnist(join(root, 'nowhere'))), { code: 'bad-option' })
})

t.test('IDX files under MNIST’s names may be of any number of classes', async (t) => {
  const dir = folder('idx', {
    'train-images-idx3-ubyte.gz': images,
    'train-labels-idx1-ubyte.gz': labels([0, 46, 1, 2, 3, 4, 5, 6, 7]),
  })
  t.equal((await joined(mnist('train', { dir }))).label[1], 46)
  t.equal(await parseSource(`mnist@${dir}:train`).classCount?.(), undefined, 'nobody says how many')
  t.equal(await parseSource('mnist:train/P1').classCount?.(), 10)
})
