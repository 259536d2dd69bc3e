import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { npz, npzSource } from '../../sources/npz.js'
import { parseSource } from '../../sources/source.js'
import { python } from '../python.js'
import { npy, zip } from './archives.js'
import { contract, joined } from './contract.js'

const root = t.testdir()
const write = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(root, name), bytes)
  return join(root, name)
}

/** 10 images of 2 × 3, bytes that tell image and place. */
const N = 10
const bytes = Uint8Array.from({ length: N * 6 }, (_, at) => (at * 37) % 256)
const labels = Array.from({ length: N }, (_, i) => (i * 7) % 26)
const expected = [...bytes].map((byte) => Math.fround(byte / 255))
const y = npy('|u1', [N], Uint8Array.from(labels))
const both = (x: Buffer, own = y) => ({ 'x.npy': x, 'y.npy': own })
const good = both(npy('|u1', [N, 2, 3], bytes))

t.test('a source like the others, packed or not', async (t) => {
  const text = `npz:${write('good.npz', zip(good))}`
  const source = parseSource(text)
  t.equal(source.describe, text)
  await contract(t, source, N)
  const { hash, ...named } = await source.identity()
  t.same(named, { dataset: `npz-${hash}`, split: 'all' })
  const plain = await joined(source.open())
  t.same([plain.shape, plain.label, plain.pixels], [[2, 3, 1], labels, expected])
  t.same(await joined(parseSource(`npz:${write('packed.npz', zip(good, { isPacked: true }))}`).open()), plain)
  t.same(await joined(npz(join(root, 'good.npz'))), plain, 'in code')

  mkdirSync(join(root, 'moved'))
  copyFileSync(join(root, 'good.npz'), join(root, 'moved', 'other.npz'))
  t.same(await parseSource(`npz:${join(root, 'moved', 'other.npz')}`).identity(), await source.identity())
  t.not((await npzSource(join(root, 'packed.npz')).identity()).hash, hash)
  const asked = parseSource(`npz@dataset=mine,shuffle=3:${join(root, 'good.npz')}`)
  t.match(await asked.identity(), { dataset: 'mine', split: 'all', hash, order: 3 })
  const ordered = await joined(asked.open())
  t.not(ordered.index.join(), plain.index.join())
  t.same(ordered.index, (await joined(npz(join(root, 'good.npz'), { dataset: 'mine', shuffle: 3 }))).index)
})

type Case = readonly [
  name: string,
  x: Buffer,
  options?: string | undefined,
  expected?: readonly number[],
  shape?: readonly number[],
]

t.test('types of numbers and shapes', async (t) => {
  const floats = Float32Array.from(bytes, (byte) => byte / 255)
  const swapped = (array: Uint16Array | Float32Array) => {
    const own = Buffer.from(array.slice().buffer)
    return array.BYTES_PER_ELEMENT === 2 ? own.swap16() : own.swap32()
  }
  for (const [name, x, options, wanted = expected, shape = [2, 3, 1]] of [
    ['<f4', npy('<f4', [N, 2, 3, 1], floats)],
    ['>f4', npy('>f4', [N, 2, 3], swapped(floats))],
    [
      '<f8',
      npy(
        '<f8',
        [N, 2, 3],
        Float64Array.from(bytes, (byte) => byte / 255),
      ),
    ],
    ['>u2', npy('>u2', [N, 2, 3], swapped(Uint16Array.from(bytes))), 'scale=255'],
    ['<i8', npy('<i8', [N, 2, 3], BigInt64Array.from([...bytes].map(BigInt))), 'scale=255'],
    [
      '<f2',
      npy(
        '<f2',
        [N, 2, 3],
        Uint16Array.from(bytes, (byte) => (byte & 1 ? 0x3c00 : 0x3800)),
      ),
      undefined,
      [...bytes].map((byte) => (byte & 1 ? 1 : 0.5)),
    ],
    [
      '|b1',
      npy(
        '|b1',
        [N, 2, 3],
        Uint8Array.from(bytes, (byte) => byte & 1),
      ),
      undefined,
      [...bytes].map((byte) => byte & 1),
    ],
    ['rows', npy('|u1', [N, 6], bytes), 'shape=3x2x1', expected, [3, 2, 1]],
    ['colours', npy('|u1', [5, 2, 2, 3], bytes), undefined, expected, [2, 2, 3]],
    ['squares', npy('|u1', [15, 4], bytes), undefined, expected, [2, 2, 1]],
  ] as const satisfies readonly Case[]) {
    const count = expected.length / (shape[0] * shape[1] * shape[2])
    const own = npy(
      '<i8',
      [count, 1],
      BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
    )
    const path = write('types.npz', zip(both(x, own)))
    const found = await joined(parseSource(`npz${options === undefined ? '' : `@${options}`}:${path}`).open())
    t.same([found.shape, found.pixels], [shape, wanted], name)
  }
  const planes = await joined(
    parseSource(
      `npz@planes:${write('planes.npz', zip(both(npy('|u1', [5, 3, 2, 2], bytes), npy('|u1', [5], Uint8Array.of(0, 1, 2, 3, 4)))))}`,
    ).open(),
  )
  t.same(planes.shape, [2, 2, 3])
  t.same(
    planes.pixels.slice(0, 6),
    [0, 4, 8, 1, 5, 9].map((at) => expected[at]),
    'pixel by pixel',
  )
})

t.test('arrays by their names', async (t) => {
  const one = (label: number) => npy('|u1', [2], Uint8Array.of(label, label))
  const x = npy('|u1', [2, 2, 2], new Uint8Array(8))
  for (const [names, splits] of [
    [
      ['x_train', 'y_train', 'x_test', 'y_test'],
      ['train', 'test'],
    ],
    [
      ['train_images', 'train_labels', 'val_images', 'val_labels'],
      ['train', 'val'],
    ],
    [['X_test', 'Y_test'], ['test']],
    [['images', 'labels'], ['all']],
    [['arr_0', 'arr_1'], ['all']],
    [['data', 'target'], ['all']],
  ] as const) {
    const files = Object.fromEntries(names.map((name, at) => [`${name}.npy`, at % 2 === 0 ? x : one(at)]))
    const path = write('names.npz', zip(files))
    for (const [at, split] of splits.entries()) {
      const found = parseSource(splits.length === 1 ? `npz:${path}` : `npz@split=${split}:${path}`)
      t.same([(await found.identity()).split, (await joined(found.open())).label[0]], [split, 2 * at + 1])
    }
    if (splits.length > 1)
      await t.rejects(parseSource(`npz:${path}`).count() as Promise<number>, {
        code: 'bad-option',
        message: new RegExp(
          `split: expected one of ${splits.join(', ')}, got none; say which, as in npz@split=${splits[0]}`,
        ),
      })
  }
  const path = write('own.npz', zip({ 'a.npy': x, 'b.npy': one(4) }))
  t.same((await joined(parseSource(`npz@images=a,labels=b:${path}`).open())).label, [4, 4])
  await t.rejects(joined(npz(path)), {
    code: 'bad-data',
    message: /expected arrays called x_train.*got a, b; say which/,
  })
  await t.rejects(joined(npz(path, { images: 'c', labels: 'b' })), {
    code: 'bad-option',
    message: /images: expected an array of a, b, got c/,
  })
  await t.rejects(joined(npz(path, { images: 'a' })), { code: 'bad-option', message: /both/ })
})

t.test('what is no data, or hostile', async (t) => {
  const x = npy('|u1', [N, 2, 3], bytes)
  const flipped = (isPacked: boolean) => {
    const archive = zip(good, { isPacked })
    // of a packed member the checksum itself, since a changed stream need not unpack
    archive[isPacked ? 14 : archive.indexOf(bytes) + 3] ^= 1
    if (isPacked) archive[archive.indexOf('PK\x01\x02', 0, 'latin1') + 16] ^= 1
    return archive
  }
  const cases: readonly (readonly [string, Buffer, RegExp, string?])[] = [
    ['a changed byte', flipped(false), /x\.npy: expected the CRC-32 [0-9a-f]{8}, got [0-9a-f]{8}: its bytes/],
    ['a changed byte of what is packed', flipped(true), /x\.npy: expected the CRC-32/],
    [
      'a pickle',
      zip(both(npy('|O', [N], bytes))),
      /x\.npy: it holds Python objects, a pickle, which is a program and is not run/,
    ],
    ['a structure', zip(both(npy("[('a', '<f4')]", [N], bytes))), /x\.npy: expected one type of numbers/],
    ['texts', zip(both(npy('<U3', [N], bytes))), /expected numbers as b1, .*got <U3/],
    [
      'Fortran',
      zip(both(npy('|u1', [N, 2, 3], bytes, 'True'))),
      /in that of Fortran; save numpy\.ascontiguousarray/,
    ],
    [
      'truncated',
      zip(both(x.subarray(0, -1))),
      /x\.npy: expected \d+ bytes \(10 × 2 × 3 u1\), got \d+: it is truncated/,
    ],
    ['more', zip(both(Buffer.concat([x, x]))), /x\.npy: expected \d+ bytes/],
    ['no header', zip(both(Buffer.from('hello, world'))), /x\.npy: expected a \.npy file/],
    ['empty', zip(both(Buffer.alloc(0))), /x\.npy: expected a \.npy file/],
    [
      'endless header',
      zip(both(Buffer.concat([Buffer.from('\x93NUMPY\x02\0\xff\xff\xff\x7f', 'latin1'), x]))),
      /header of at most 65536 bytes/,
    ],
    [
      'a huge shape',
      zip(both(npy('|u1', [2 ** 31 - 1, 65_536, 65_536], bytes))),
      /expected a shape that a file can have/,
    ],
    [
      'a large shape',
      zip(both(npy('|u1', [2 ** 20, 2 ** 16, 4], bytes))),
      /truncated, or its header damaged/,
    ],
    [
      'one-hot',
      zip(both(x, npy('|u1', [N, 6], bytes))),
      /y\.npy: expected a label for each image.*numpy\.argmax/,
    ],
    [
      'negative',
      zip(
        both(
          x,
          npy(
            '|i1',
            [N],
            Int8Array.from(labels, () => -1),
          ),
        ),
      ),
      /y\.npy: row 0: expected a label from 0, got -1/,
    ],
    [
      'fewer labels',
      zip(both(x, npy('|u1', [3], bytes.subarray(0, 3)))),
      /as many labels as images, got 3 in y and 10 in x/,
    ],
    [
      '0 to 255',
      zip(both(npy('<f4', [N, 2, 3], Float32Array.from(bytes)))),
      /x\.npy: row 0: expected values from 0 to 1, got 37; say what 1 is, as scale=255/,
    ],
    [
      'NaN',
      zip(both(npy('<f4', [N, 2, 3], new Float32Array(60).fill(NaN)))),
      /row 0: expected values from 0 to 1, got NaN$/,
    ],
    [
      'planes',
      zip(both(npy('|u1', [5, 3, 2, 2], bytes), npy('|u1', [5], bytes.subarray(0, 5)))),
      /seems to be channels × height × width: say planes/,
    ],
    [
      'colours in rows',
      zip(both(npy('|u1', [5, 12], bytes), npy('|u1', [5], bytes.subarray(0, 5)))),
      /shape=2x2x3, with planes/,
    ],
    [
      'none',
      zip(both(npy('|u1', [0, 2, 2], new Uint8Array(0)), npy('|u1', [0], new Uint8Array(0)))),
      /expected images, got none/,
    ],
    ['no zip', Buffer.from('\x93NUMPY nothing else'), /expected a zip archive, as \.npz files are/],
    ['cut off', zip(good).subarray(0, 200), /expected a zip archive/],
    [
      'a bomb',
      zip(good, { isPacked: true, size: 2 ** 31 }),
      /at most 1073741824 bytes unpacked, got 2147483648/,
    ],
    [
      'more than it says',
      zip(good, { isPacked: true, size: 20 }),
      /expected a zip archive|truncated|too many bytes/,
    ],
  ]
  for (const [name, file, message] of cases)
    await t.rejects(joined(npz(write('bad.npz', file))), { code: 'bad-data', message }, name)
  await t.rejects(joined(npz(join(root, 'nowhere.npz'))), {
    code: 'bad-option',
    message: /nowhere\.npz cannot be read/,
  })
  t.throws(() => parseSource('npz@half=P3:a.npz'), { code: 'bad-option', message: /half=P1 or half=P2$/ })
  t.throws(() => parseSource('npz@split:a.npz'), { code: 'bad-option', message: /expected split=train/ })
  t.throws(() => npz('a.npz', { scale: 0 }), { code: 'bad-option', message: /scale/ })
  await t.rejects(joined(npz(join(root, 'good.npz'), { shape: [2, 2, 1] })), {
    message: /of 6 values, got 2x2x1/,
  })
})

const numpy = python(['numpy'])
t.test('as NumPy writes them', { skip: 'skip' in numpy && numpy.skip }, async (t) => {
  if ('skip' in numpy) return
  const script = `
import sys, numpy as np
rng = np.random.default_rng(1)
x = rng.integers(0, 256, (50, 9, 7, 3)).astype(np.uint8)
y = rng.integers(0, 47, 50)
np.savez(sys.argv[1] + '/plain.npz', x_train=x, y_train=y, x_test=x[:5], y_test=y[:5])
np.savez_compressed(sys.argv[1] + '/packed.npz', train_images=(x / 255).astype('>f8'), train_labels=y[:, None].astype(np.float32))
np.savez(sys.argv[1] + '/pickle.npz', images=np.array([[1], [1, 2]], dtype=object), labels=y[:2])
print(','.join(map(str, y)), ','.join(map(str, x.reshape(-1))))
`
  const { stdout, stderr, status } = spawnSync(numpy.path, ['-c', script, root], {
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  })
  t.equal(status, 0, stderr)
  const [label, values] = stdout
    .trim()
    .split(' ')
    .map((text) => text.split(',').map(Number))
  const pixels = values.map((value) => Math.fround(value / 255))
  const plain = await joined(npz(join(root, 'plain.npz'), { split: 'train', batchSize: 7 }))
  t.same([plain.shape, plain.label, plain.pixels], [[9, 7, 3], label, pixels])
  const packed = await joined(npz(join(root, 'packed.npz')))
  t.same([packed.shape, packed.label, packed.pixels], [[9, 7, 3], label, pixels])
  t.equal((await joined(npz(join(root, 'plain.npz'), { split: 'test' }))).label.length, 5)
  await t.rejects(joined(npz(join(root, 'pickle.npz'))), { message: /images\.npy: it holds Python objects/ })
})
