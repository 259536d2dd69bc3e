import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cifar, cifarSource } from '../../sources/cifar.js'
import { parseSource } from '../../sources/source.js'
import { tarGz } from './archives.js'
import { contract, joined } from './contract.js'

const root = t.testdir()
const AREA = 1024

/** Records with some labels each: red tells the image, green the row, blue the column. */
function records(labels: readonly (readonly number[])[], start = 0): Buffer {
  return Buffer.concat(
    labels.map((own, image) =>
      Buffer.concat([
        Buffer.from(own),
        Buffer.alloc(AREA, start + image),
        Buffer.from(Array.from({ length: AREA }, (_, at) => at >> 5)),
        Buffer.from(Array.from({ length: AREA }, (_, at) => at & 31)),
      ]),
    ),
  )
}

const NAMES = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ')
const CIFAR10 = {
  'data_batch_1.bin': records([[3], [9], [0]]),
  'data_batch_2.bin': records([[1], [2], [4], [5]], 3),
  'data_batch_10.bin': records([[8]], 7),
  'test_batch.bin': records([[7], [6]]),
  'batches.meta.txt': Buffer.from(`${NAMES.join('\n')}\n\n`),
}
const FINE = Array.from({ length: 100 }, (_, i) => `fine${i}`)
const CIFAR100 = {
  'train.bin': records(Array.from({ length: 9 }, (_, i) => [i, 99 - i])),
  'fine_label_names.txt': Buffer.from(FINE.join('\n')),
  'coarse_label_names.txt': Buffer.from(Array.from({ length: 20 }, (_, i) => `coarse${i}`).join('\r\n')),
}

const folder = (name: string, files: Readonly<Record<string, Uint8Array>>): string => {
  mkdirSync(join(root, name), { recursive: true })
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(root, name, file), bytes)
  return join(root, name)
}
const below = (name: string, files: Readonly<Record<string, Uint8Array>>) =>
  Object.fromEntries(Object.entries(files).map(([file, bytes]) => [`${name}/${file}`, bytes]))

t.test('CIFAR-10 in a folder and as it is published', async (t) => {
  const path = folder('one/cifar-10-batches-bin', CIFAR10)
  const source = parseSource(`cifar@split=train:${path}`)
  t.equal(source.describe, `cifar@split=train:${path}`)
  await contract(t, source, 8)
  const whole = await joined(source.open())
  t.same(whole.label, [3, 9, 0, 1, 2, 4, 5, 8], 'batches by their numbers')
  t.same(whole.shape, [32, 32, 3])
  const pixel = (image: number, at: number) =>
    whole.pixels
      .slice((image * AREA + at) * 3, (image * AREA + at) * 3 + 3)
      .map((value) => Math.round(value * 255))
  t.same(
    [pixel(0, 0), pixel(5, 37), pixel(7, 1023)],
    [
      [0, 0, 0],
      [5, 1, 5],
      [7, 31, 31],
    ],
    'pixel by pixel',
  )
  t.same([await source.classes?.(), await source.classCount?.()], [NAMES, 10])
  const { hash, ...named } = await source.identity()
  t.same(named, { dataset: `cifar10-${hash}`, split: 'train' })

  writeFileSync(join(root, 'cifar-10-binary.tar.gz'), await tarGz(below('cifar-10-batches-bin', CIFAR10)))
  const archive = parseSource(`cifar@split=train:${join(root, 'cifar-10-binary.tar.gz')}`)
  t.same(await archive.identity(), await source.identity(), 'the same in its archive')
  t.same(await joined(archive.open()), whole)
  t.same(await archive.classes?.(), NAMES)
  t.same(await joined(cifar(join(root, 'one'), { split: 'train' })), whole, 'from the folder above')
  t.same((await joined(cifar(join(path, 'test_batch.bin')))).label, [7, 6], 'one file')
  const halves = await Promise.all(
    (['P1', 'P2'] as const).map(async (half) => (await joined(cifar(path, { split: 'train', half }))).index),
  )
  t.same(halves.flat().sort(), whole.index, 'halves')
  t.equal(await parseSource(`cifar@split=train,half=P1:${path}`).count(), 4)
})

t.test('CIFAR-100, fine and coarse', async (t) => {
  const path = folder('cifar-100-binary', CIFAR100)
  const fine = cifarSource(path)
  const coarse = parseSource(`cifar@labels=coarse:${path}`)
  t.same((await joined(fine.open())).label, [99, 98, 97, 96, 95, 94, 93, 92, 91])
  t.same((await joined(coarse.open())).label, [0, 1, 2, 3, 4, 5, 6, 7, 8])
  t.same([(await fine.classes?.())?.at(99), await fine.classCount?.()], ['fine99', 100])
  t.same([(await coarse.classes?.())?.at(19), await coarse.classCount?.()], ['coarse19', 20])
  t.not((await fine.identity()).hash, (await coarse.identity()).hash)
})

t.test('other versions, and what is wrong', async (t) => {
  const rejects = async (path: string, message: RegExp, code = 'bad-data') =>
    t.rejects(joined(cifar(path, { split: 'train' })), { code, message })
  const python =
    /is the version for Python or Matlab.*not run; take the binary version, cifar-10-binary\.tar\.gz/
  await rejects(
    folder('py', { data_batch_1: Buffer.from('\x80\x02}'), 'batches.meta': Buffer.from('') }),
    python,
  )
  await rejects(folder('mat', { 'train.mat': Buffer.from('MATLAB') }), python)
  writeFileSync(
    join(root, 'py.tar.gz'),
    await tarGz({ 'cifar-10-batches-py/data_batch_1': Buffer.from('x') }),
  )
  await rejects(join(root, 'py.tar.gz'), python)
  await rejects(join(root, 'py', 'data_batch_1'), python)
  await rejects(join(root, 'nowhere'), /nowhere cannot be read: it is not there/, 'bad-option')
  await rejects(
    folder('empty', { 'readme.txt': Buffer.from('') }),
    /expected data_batch_1\.bin to data_batch_5\.bin/,
    'bad-option',
  )
  mkdirSync(join(root, 'letters', 'train'), { recursive: true })
  await rejects(join(root, 'letters'), /letters: expected data_batch_1\.bin to/, 'bad-option')
  await rejects(
    folder('cut', { 'data_batch_1.bin': CIFAR10['data_batch_1.bin'].subarray(0, -1) }),
    /data_batch_1\.bin: expected records of 3073 bytes, as cifar10's binary version has, got 9218 bytes, which is 2 and 3072 more/,
  )
  await rejects(
    folder('label', { 'data_batch_1.bin': records([[1], [10]]) }),
    /data_batch_1\.bin: record 1: expected a label from 0 to 9, got 10/,
  )
  await rejects(
    folder('names', { 'train.bin': records([[0, 1]]), 'fine_label_names.txt': Buffer.from('one\ntwo') }),
    /fine_label_names\.txt: expected the names of 100 classes, got 2/,
  )
  await t.rejects(joined(cifar(join(root, 'one'))), { code: 'bad-option', message: /cifar@split=train:/ })
  await t.rejects(joined(cifar(join(root, 'one'), { split: 'train', labels: 'coarse' })), {
    code: 'bad-option',
    message: /CIFAR-10 has no coarse classes/,
  })
  t.throws(() => parseSource('cifar@labels=medium:x'), { code: 'bad-option', message: /labels=coarse/ })
})
