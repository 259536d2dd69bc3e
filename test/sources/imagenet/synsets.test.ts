import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import t from 'tap'
import { BlindspotError } from '../../../operators/errors.js'
import { CLASSES } from '../../../sources/imagenet/classes.js'
import { readSynsets } from '../../../sources/imagenet/synsets.js'
import { shared } from '../../shared.js'

const FIXTURES = 'test/fixtures/imagenet'
const LEAVES = ['n02119789', 'n02100735', 'n01751748', 'n12057211', 'n07873807']

/** An element of a MAT-file, padded; one of up to 4 bytes in the small form, as MATLAB writes it. */
function element(type: number, content: Uint8Array): Buffer {
  const small = content.length > 0 && content.length <= 4
  const head = Buffer.alloc(small ? 4 : 8)
  head.writeUInt32LE(small ? (content.length << 16) | type : type)
  if (!small) head.writeUInt32LE(content.length, 4)
  const made = Buffer.concat([head, content])
  return Buffer.concat([made, Buffer.alloc((8 - (made.length % 8)) % 8)])
}
const ints = (...all: readonly number[]) => Buffer.from(Int32Array.from(all).buffer)
const matrix = (kind: number, extents: readonly number[], name: string, ...content: readonly Buffer[]) =>
  element(
    14,
    Buffer.concat([
      element(6, ints(kind, 0)),
      element(5, ints(...extents)),
      element(1, Buffer.from(name)),
      ...content,
    ]),
  )
const HEADER = Buffer.concat([
  Buffer.from('MATLAB 5.0 MAT-file'.padEnd(124)),
  Buffer.from([0, 1]),
  Buffer.from('IM'),
])
const packed = (content: Buffer) => {
  const zlib = deflateSync(content)
  const head = Buffer.alloc(8)
  head.writeUInt32LE(15)
  head.writeUInt32LE(zlib.length, 4)
  return Buffer.concat([head, zlib])
}
/** A whole number as MATLAB stores a double: in as few bytes as it needs. */
const number = (value: number) =>
  matrix(
    6,
    [1, 1],
    '',
    value < 256 ? element(2, Uint8Array.of(value)) : element(4, Buffer.from(Uint16Array.of(value).buffer)),
  )
const text = (value: string) => matrix(4, [1, value.length], '', element(4, Buffer.from(value, 'utf16le')))
const FIELDS = ['ILSVRC2012_ID', 'WNID', 'words', 'num_children']
function struct(rows: readonly (readonly Buffer[])[], fields = FIELDS, count = rows.length): Buffer {
  const names = Buffer.concat(fields.map((field) => Buffer.from(field.padEnd(17, '\0'))))
  return matrix(2, [count, 1], 'synsets', element(5, ints(17)), element(1, names), ...rows.flat())
}
const row = (id: number, wnid: string, children = 0) => [
  number(id),
  text(wnid),
  text('words of it'),
  number(children),
]

t.test('meta.mat as scipy writes it: the leaves by their numbers', async (t) => {
  t.same(await readSynsets(join(FIXTURES, 'meta.mat')), LEAVES)
  t.same(await readSynsets(join(FIXTURES, 'meta-plain.mat')), LEAVES)
  t.same(await readSynsets(FIXTURES), LEAVES, 'found in its folder')
})

t.test('meta.mat as MATLAB writes it: small elements, narrow numbers, UTF-16', async (t) => {
  const dir = t.testdir({ data: {} })
  const rows = [...CLASSES].reverse().map((one) => row(one.number, one.wnid))
  const upper = [row(1001, 'n00001740', 12)]
  const content = struct([...rows, ...upper])
  for (const made of [content, packed(content)]) {
    writeFileSync(join(dir, 'data/meta.mat'), Buffer.concat([HEADER, made]))
    t.same(await readSynsets(dir), await readSynsets())
  }
})

t.test('texts: a line a class, with numbers or in order; and the numbers that are known', async (t) => {
  const dir = t.testdir({
    'map_clsloc.txt': 'n02100735 2 English_setter\r\nn02119789 1 kit_fox\r\n',
    'list.txt': '\ufeffn02119789 kit fox, Vulpes macrotis\n\nn02100735\n',
    empty: {},
  })
  t.same(await readSynsets(join(dir, 'map_clsloc.txt')), ['n02119789', 'n02100735'])
  t.same(await readSynsets(dir), ['n02119789', 'n02100735'])
  t.same(await readSynsets(join(dir, 'list.txt')), ['n02119789', 'n02100735'])
  const known = await readSynsets()
  t.same([known.length, known[0], known[489], known[999]], [1000, 'n02119789', 'n01751748', 'n03255030'])
  t.same(await readSynsets(join(dir, 'empty')), known)
})

const WORDS = shared('imagenet-sample/synset_words.txt')
t.test('a list of the thousand in order of their wnids', WORDS, async (t) => {
  t.same(
    await readSynsets(WORDS.path),
    CLASSES.map(({ wnid }) => wnid),
  )
})

t.test('anything else is an error that says where', async (t) => {
  const dir = t.testdir({})
  const path = join(dir, 'list')
  const wrong = async (content: string | Uint8Array, message: RegExp) => {
    writeFileSync(path, content)
    await t.rejects(readSynsets(path), { code: 'bad-data', message }, String(message))
  }
  await t.rejects(readSynsets(join(dir, 'none')), { code: 'bad-option' })
  await wrong('', /list: expected wnids such as n01440764, a line each, got none/)
  await wrong('tench\n', /line 1: expected the wnid of a class of ILSVRC2012, got "tench"/)
  await wrong('n01440764\nn99999999\n', /line 2: expected the wnid of a class/)
  await wrong('n01440764 1 tench\nn01443537 1 goldfish\n', /line 2: expected each class and each number once/)
  await wrong('n01440764\nn01440764\n', /line 2: expected each class and each number once/)
  await wrong('n01440764 0 tench\n', /line 1: expected a number from 1 to 1, got 0/)
  await wrong('n01440764 99999999999999999999 tench\n', /expected a number from 1 to 1/)
  await wrong(Buffer.alloc(2 ** 24 + 1), /at most 16777216 bytes, got 16777217/)
  const mat = (...parts: readonly Buffer[]) => Buffer.concat([HEADER, ...parts])
  const good = row(1, 'n01440764')
  await wrong('MATLAB', /byte 6: expected a header of 128 bytes, got the end/)
  await wrong(mat(), /expected a variable synsets, got none/)
  await wrong(mat(number(1), matrix(6, [1, 1], 'a', element(2, Uint8Array.of(1)))), /got , a$/)
  await wrong(
    mat(matrix(6, [1, 1], 'synsets', element(2, Uint8Array.of(1)))),
    /to be a struct array, got class 6/,
  )
  await wrong(
    mat(struct([good], ['ILSVRC2010_ID', 'WNID', 'words', 'num_children'])),
    /expected fields.*got ILSVRC2010_ID, WNID/,
  )
  await wrong(mat(struct([good], FIELDS, 2 ** 31 - 1)), /expected 2147483647 rows of 4 fields, got \d+ bytes/)
  await wrong(mat(struct([good], FIELDS, 2)), /byte \d+: expected/)
  await wrong(
    mat(struct([[text('1'), text('n01440764'), text(''), number(0)]])),
    /synset 1: expected a number, a text/,
  )
  await wrong(mat(struct([row(7, 'n01440764')])), /synset 1: expected a number from 1 to 1, got 7/)
  await wrong(mat(struct([row(1, 'n01440764', 3)])), /got none/)
  const version7 = mat(struct([good]))
  version7.writeUInt16LE(0x200, 124)
  await wrong(version7, /version 7.3, which is HDF5; save it with -v7/)
  const bigEndian = mat()
  bigEndian.write('MI', 126)
  await wrong(bigEndian, /a big-endian one/)
  await wrong(mat(packed(Buffer.alloc(2 ** 26 + 1))), /at most 67108864 bytes of zlib data in all, got more/)
  const many = packed(matrix(6, [1, 2 ** 22], 'zeros', element(9, Buffer.alloc(2 ** 25))))
  await wrong(mat(many, many), /at most 67108864 bytes of zlib data in all, got more/)
})

t.test('a file that is cut or changed anywhere is read or refused, in an error of ours', async (t) => {
  const dir = t.testdir({})
  const path = join(dir, 'meta.mat')
  const outcomes = new Set<string>()
  const tryIt = async (content: Uint8Array) => {
    writeFileSync(path, content)
    try {
      outcomes.add((await readSynsets(path)).join() === LEAVES.join() ? 'same' : 'other')
    } catch (error) {
      outcomes.add(error instanceof BlindspotError ? error.code : String(error))
    }
  }
  for (const name of ['meta.mat', 'meta-plain.mat']) {
    const whole = readFileSync(join(FIXTURES, name))
    for (let length = 6; length < whole.length; length += 61) await tryIt(whole.subarray(0, length))
    for (let at = 120; at < whole.length; at += 13) {
      const changed = Buffer.from(whole)
      changed[at] ^= 0xff
      await tryIt(changed)
    }
  }
  t.same(
    [...outcomes].filter((one) => !['same', 'other', 'bad-data'].includes(one)),
    [],
  )
  t.ok(outcomes.has('bad-data') && outcomes.has('same'))
})
