import { existsSync, readdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { alexnet } from '../../../operators/tensor/alexnet/alexnet.js'
import { channelsLast } from '../../../operators/tensor/import/channelsLast.js'
import { importModel } from '../../../operators/tensor/import/importModel.js'
import { readProvenance } from '../../../operators/tensor/modelFile.js'
import { blindspot } from '../../pipelines/commandLine.js'

const network = alexnet({ width: 1 / 32, classes: 10 })
const FILE = 'test/fixtures/alexnet/alexnet.safetensors'
const folder = t.testdir()
const bytes = await readFile(FILE)
const start = 8 + Number(bytes.readBigUInt64LE(0))

interface Entry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}
type Header = Record<string, Entry>
const header = () => JSON.parse(bytes.subarray(8, start).toString()) as Header

let count = 0
const place = () => join(folder, String(count++))

/** A file of a header and bytes. */
async function fileOf(json: unknown, data: Uint8Array = bytes.subarray(start)): Promise<string> {
  const text = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  const file = `${place()}.safetensors`
  await writeFile(file, Buffer.concat([length, text, data]))
  return file
}

/** The fixture with every number as another type. */
async function retyped(
  dtype: string,
  width: number,
  encode: (to: DataView, at: number, value: number) => void,
) {
  const values = (bytes.length - start) / 4
  const data = new DataView(new ArrayBuffer(values * width))
  for (let i = 0; i < values; i++) encode(data, i * width, bytes.readFloatLE(start + 4 * i))
  const json = header()
  for (const entry of Object.values(json)) {
    const [begin, end] = entry.data_offsets
    Object.assign(entry, { dtype, data_offsets: [(begin / 4) * width, (end / 4) * width] })
  }
  return fileOf({ __metadata__: { format: 'pt' }, ...json }, new Uint8Array(data.buffer))
}

async function weightsOf(file: string): Promise<Float32Array> {
  const out = place()
  await importModel(network, file, out)
  const own = await readFile(join(out, 'weights.bin'))
  return new Float32Array(own.buffer.slice(own.byteOffset, own.byteOffset + own.length))
}

t.test('a file becomes a model that says where it is from', async (t) => {
  const out = place()
  const imported = await importModel(network, FILE, out, { name: 'mine' })
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  t.match(imported, { model: 'mine', architecture: 'alexnet', file: 'alexnet.safetensors', sha256 })
  t.match(await readProvenance(out), { ...imported })
  t.same(readdirSync(out).sort(), ['model.json', 'preprocess.json', 'weights.bin'])
  await t.rejects(importModel(network, FILE, out), { code: 'bad-option', message: /holds a model already/ })
})

t.test('of two that are imported at once into a folder one is there, whole', async (t) => {
  const out = place()
  const both = await Promise.allSettled(
    ['one', 'two'].map((name) => importModel(network, FILE, out, { name })),
  )
  const [done, refused] = both.sort((a, b) => (a.status < b.status ? -1 : 1))
  t.match(refused, { reason: { code: 'bad-option', message: /holds a model already/ } })
  t.match(done, {
    status: 'fulfilled',
    value: { model: ((await readProvenance(out)) as { model: string }).model },
  })
  t.same(readdirSync(out).sort(), ['model.json', 'preprocess.json', 'weights.bin'])
})

t.test('types of numbers', async (t) => {
  const exact = await weightsOf(FILE)
  const off = (other: Float32Array) => {
    let worst = 0
    for (let i = 0; i < exact.length; i++)
      worst = Math.max(worst, Math.abs(other[i] - exact[i]) / (Math.abs(exact[i]) + 1e-4))
    return worst
  }
  t.equal(off(await weightsOf(await retyped('F64', 8, (to, at, x) => to.setFloat64(at, x, true)))), 0)
  const bits = new DataView(new ArrayBuffer(4))
  const truncated = await retyped('BF16', 2, (to, at, x) => {
    bits.setFloat32(0, x)
    to.setUint16(at, bits.getUint16(0), true)
  })
  t.ok(off(await weightsOf(truncated)) < 2 ** -7)
  const halved = await retyped('F16', 2, (to, at, x) => {
    const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(x))))
    const steps = Math.round(Math.abs(x) * 2 ** (10 - exponent))
    const field = steps < 1024 ? steps : ((exponent + 15) << 10) + steps - 1024
    to.setUint16(at, field | (x < 0 ? 0x8000 : 0), true)
  })
  t.ok(off(await weightsOf(halved)) < 2 ** -10)
})

t.test('the order of numbers is turned in pieces', (t) => {
  const [units, channels, height, width] = [1500, 300, 2, 3]
  const from = Float32Array.from({ length: units * channels * height * width }, (_, i) => i)
  const pieces = [...channelsLast(from, [units, channels, height, width])]
  t.ok(pieces.length > 2)
  let at = 0
  let wrong = 0
  const all = pieces.flatMap((piece) => [piece])
  const values = new Float32Array(from.length)
  for (const piece of all) {
    values.set(piece, at)
    at += piece.length
  }
  at = 0
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++)
        for (let u = 0; u < units; u++)
          if (values[at++] !== from[((u * channels + c) * height + y) * width + x]) wrong++
  t.same([wrong, at], [0, from.length])
  t.end()
})

t.test('wrong and hostile files are errors that name the tensor', async (t) => {
  const changed = (name: string, change: (entry: Entry) => void) => {
    const json = header()
    change(json[name])
    return fileOf(json)
  }
  const bias = 'features.0.bias'
  const renamed = () => {
    const { [bias]: entry, ...rest } = header()
    return fileOf({ ...rest, 'features.0.offset': entry })
  }
  const patched = async (at: number, value: number) => {
    const data = Buffer.from(bytes.subarray(start))
    data.writeFloatLE(value, at)
    return fileOf(header(), data)
  }
  const raw = async (content: Uint8Array) => {
    const file = place()
    await writeFile(file, content)
    return file
  }
  const lengthOf = (length: bigint) => {
    const all = Buffer.from(bytes)
    all.writeBigUInt64LE(length)
    return raw(all)
  }
  const [begin] = header()['features.3.weight'].data_offsets
  const cases: [string, Promise<string>, RegExp][] = [
    ['no file', Promise.resolve(join(folder, 'none')), /none: cannot be read: .*safetensors/],
    ['a folder', Promise.resolve(folder), /expected a file, got a folder|expected a file/],
    ['empty', raw(new Uint8Array(0)), /first 8 bytes .* got a file of 0 bytes/],
    ['short', raw(bytes.subarray(0, 5)), /got a file of 5 bytes/],
    ['header beyond the file', lengthOf(BigInt(bytes.length)), /length of its header, of at most/],
    ['header of 2^63', lengthOf(2n ** 63n), /got 9223372036854775808/],
    [
      'cut off',
      raw(bytes.subarray(0, bytes.length - 4)),
      /"[\w.]+": expected its bytes to end within the file/,
    ],
    ['longer', raw(Buffer.concat([bytes, Buffer.alloc(4)])), /expected \d+ bytes, .* got \d+/],
    ['no JSON', fileOf('{"a": '), /header is JSON/],
    ['a list', fileOf('[]'), /JSON object/],
    ['no UTF-8', raw(Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]), Buffer.from([0xff])])), /is JSON/],
    ['no entry', fileOf({ ...header(), [bias]: 3 }), /"features.0.bias": expected dtype, shape.* got 3/],
    ['no dtype', changed(bias, (entry) => (entry.dtype = 'F3')), /"features.0.bias": .*"F3" for dtype/],
    ['negative shape', changed(bias, (entry) => (entry.shape = [-2])), /"features.0.bias": .*-2 for shape/],
    [
      'huge shape',
      changed(bias, (entry) => (entry.shape = [2 ** 50, 2 ** 50])),
      /"features.0.bias": expected/,
    ],
    [
      'other size',
      changed(bias, (entry) => (entry.shape = [3])),
      /"features.0.bias": expected 12 bytes .* have 8/,
    ],
    [
      'overlap',
      changed('features.3.weight', (entry) => {
        entry.data_offsets = [begin - 4, entry.data_offsets[1] - 4]
      }),
      /"[\w.]+": .*(overlap that|leave a gap)/,
    ],
    [
      'beyond',
      changed('features.3.weight', (entry) => {
        entry.data_offsets = entry.data_offsets.map((at) => at + 1e9) as [number, number]
      }),
      /"[\w.]+": .*(leave a gap|within the file)/,
    ],
    [
      'offsets backwards',
      changed(bias, (entry) => {
        entry.data_offsets = [entry.data_offsets[1], entry.data_offsets[0]]
      }),
      /"features.0.bias": expected 8 bytes .* have -8/,
    ],
    ['missing', renamed(), /"features.0.bias" is missing; it has "features.0.offset" instead/],
    [
      'surplus',
      fileOf({ ...header(), more: { dtype: 'F32', shape: [0], data_offsets: [0, 0] } }),
      /also "more"/,
    ],
    [
      'other shape',
      changed('classifier.6.weight', (entry) => entry.shape.reverse()),
      /"classifier.6.weight": expected the shape \[10, 128\], got \[128, 10\]/,
    ],
    [
      'integers',
      changed(bias, (entry) => (entry.dtype = 'I32')),
      /"features.0.bias": expected numbers .* got I32/,
    ],
    ['NaN', patched(begin + 8, NaN), /"features.3.weight": expected finite numbers .* got NaN at 2/],
    [
      'infinite',
      patched(begin, Infinity),
      /"features.3.weight": expected finite numbers .* got Infinity at 0/,
    ],
  ]
  for (const [name, file, message] of cases) {
    const out = place()
    const code = ['no file', 'a folder'].includes(name) ? 'bad-option' : 'bad-model'
    await t.rejects(importModel(network, await file, out), { code, message }, name)
    t.notOk(existsSync(join(out, 'model.json')), 'and no model')
  }
})

t.test('on the command line', async (t) => {
  const out = place()
  const small = ['--width', '0.03125', '--classes', '10']
  const done = await blindspot('import', 'alexnet', FILE, '--out', out, ...small)
  t.match(
    [done.code, done.out],
    [0, /alexnet: 57,\d{3} weights of .*inputs of 224×224×3, 10 classes/],
    done.err,
  )
  const again = await blindspot('import', 'alexnet', FILE, '--out', out, ...small)
  t.match([again.code, again.err], [2, /holds a model already/])
  const wrong = await blindspot('import', 'alexnet-2012', FILE, '--out', place(), ...small)
  t.match([wrong.code, wrong.err], [1, /"features.4.weight".* are missing; it has .*"features.3.weight"/])
  const other = await blindspot('import', 'vgg', FILE, '--out', place())
  t.equal(other.code, 2)
})
