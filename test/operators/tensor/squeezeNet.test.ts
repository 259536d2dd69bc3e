import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { lossGradient } from '../../../operators/classifier/lossGradient.js'
import { predictions, type Classifier } from '../../../operators/classifier.js'
import { useBackend } from '../../../operators/tensor/backend.js'
import { loadClassifier } from '../../../operators/tensor/loadClassifier.js'
import { readJson } from '../../../operators/tensor/model/readJson.js'
import { readModelFile } from '../../../operators/tensor/modelFile.js'
import { tf } from '../../../operators/tensor/tf.js'
import { decodePhotograph } from '../../../sources/photograph/decode.js'
import { graphModelOf, saveGraphModel } from '../../oracle/graphModel.js'
import { shared } from '../../shared.js'

const models = shared('models')
const sample = shared('imagenet-sample')
const { skip } = models.skip === false ? sample : models

const root = mkdtempSync(join(tmpdir(), 'squeezenet-'))
t.teardown(() => rmSync(root, { recursive: true }))

/** Values of one input. */
const SIZE = 227 * 227 * 3

interface Reference {
  readonly path: string
  readonly label: number
  readonly top: Readonly<Record<string, { readonly class: number; readonly probability: number }>>
}

function references(): Reference[] {
  const [head, ...rows] = readFileSync(join(sample.path, 'predictions.csv'), 'utf8').trim().split(/\r?\n/)
  const names = head.split(',')
  return rows.map((row) => {
    const values = row.split(',')
    const of = (name: string) => values[names.indexOf(name)]
    const top = (name: string) => ({
      ...{ class: Number(of(`${name}_top1`)), probability: Number(of(`${name}_probability`)) },
    })
    return {
      ...{ path: of('path'), label: Number(of('label')) },
      top: { 'squeezenet1.0': top('squeezenet1.0'), 'squeezenet1.1': top('squeezenet1.1') },
    }
  })
}

/** Pixels from 0 to 1 of photographs, as the classifier frames them. */
async function photographs({ framing }: Classifier, paths: readonly string[]): Promise<Float32Array> {
  if (framing === undefined) throw new Error('no framing')
  const all = new Float32Array(paths.length * SIZE)
  for (const [i, path] of paths.entries()) {
    const bytes = await decodePhotograph(readFileSync(join(sample.path, path)), { framing })
    for (let at = 0; at < SIZE; at++) all[i * SIZE + at] = bytes[at] / 255
  }
  return all
}

/** Logits, some photographs at a time. */
function logitsOf(classifier: Classifier, pixels: Float32Array): Float32Array {
  const all = new Float32Array((pixels.length / SIZE) * classifier.classes)
  for (let row = 0; row * SIZE < pixels.length; row += 6)
    all.set(classifier.logits(pixels.subarray(row * SIZE, (row + 6) * SIZE)), row * classifier.classes)
  return all
}

const apart = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0)
const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
const same = (a: Int32Array, b: Int32Array) => a.filter((value, i) => value === b[i]).length

const load = (name: string) => loadClassifier(join(models.path, name))

void t.test('SqueezeNet says of photographs what its originals do', { skip }, async (t) => {
  await useBackend()
  const rows = references()
  const known = await load('squeezenet1.1')
  const pixels = await photographs(
    known,
    rows.map(({ path }) => path),
  )
  const tops = new Map<string, Int32Array>()
  let logits = new Float32Array(0) as Float32Array
  const right: number[] = []
  for (const [name, agreeing] of [
    ['squeezenet1.0', 212],
    ['squeezenet1.1', 214],
  ] as const) {
    const classifier = name === 'squeezenet1.1' ? known : await load(name)
    logits = logitsOf(classifier, pixels)
    const found = predictions(logits, 1000)
    tops.set(name, found)
    const sure = rows.flatMap(({ top }, i) =>
      top[name].probability > 0.5 ? [[top[name].class, found[i]]] : [],
    )
    t.equal(sure.length, 214)
    const agree = sure.filter(([one, other]) => one === other).length
    t.ok(agree >= agreeing, `${name}: ${agree} of ${sure.length}`)
    right.push(rows.filter(({ label }, i) => label === found[i]).length)
    if (classifier !== known) classifier.dispose()
  }
  t.comment(`right of ${rows.length}: ${right.join(', ')}`)

  const caffe = await load('squeezenet1.1-caffe-input')
  const other = logitsOf(caffe, pixels)
  t.equal(
    same(predictions(other, 1000), predictions(logits, 1000)),
    rows.length,
    'the same top-1 from its own input',
  )
  t.ok(apart(other, logits) < 2e-4 * largest(logits), `logits: ${apart(other, logits)} of ${largest(logits)}`)
  const few = pixels.subarray(0, 4 * SIZE)
  const targets = Int32Array.of(1, 2, 3, 4)
  const [a, b] = [known, caffe].map((one) => lossGradient(one, few, targets).gradient)
  t.ok(apart(a, b) < 2e-3 * largest(a), `gradient: ${apart(a, b)} of ${largest(a)}`)
  caffe.dispose()

  const { json } = await readJson(join(models.path, 'squeezenet1.1'))
  const { weights } = await readModelFile(join(models.path, 'squeezenet1.1'))
  const layers = await tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: json['modelTopology'] as object,
      weightSpecs: (json['weightsManifest'] as { weights: tf.io.WeightsManifestEntry[] }[]).flatMap(
        (group) => group.weights,
      ),
      weightData: weights.buffer,
    }),
  )
  const folder = saveGraphModel(join(root, 'graph'), graphModelOf(layers, true))
  layers.dispose()
  writeFileSync(
    join(folder, 'preprocess.json'),
    readFileSync(join(models.path, 'squeezenet1.1', 'preprocess.json')),
  )
  const graph = await loadClassifier(folder)
  const twelve = pixels.subarray(0, 12 * SIZE)
  const own = graph.logits(twelve)
  t.ok(
    apart(own, logits.subarray(0, 12_000)) < 1e-4 * largest(own),
    `a graph model's logits: ${apart(own, logits.subarray(0, 12_000))}`,
  )
  const c = lossGradient(graph, few, targets).gradient
  t.ok(apart(a, c) < 1e-3 * largest(a), `its gradient: ${apart(a, c)} of ${largest(a)}`)
  t.same(graph.framing, known.framing)
  graph.dispose()

  await quantised(t, pixels.subarray(0, 30 * SIZE), logits.subarray(0, 30_000))
  known.dispose()
})

const LEVELS = { uint8: 255, uint16: 65_535 } as const

/** The weights of SqueezeNet stored smaller, as TensorFlow.js' converter does, beside float32 that were unpacked by hand. */
async function quantised(t: Test, pixels: Float32Array, logits: Float32Array): Promise<void> {
  const { json } = await readJson(join(models.path, 'squeezenet1.1'))
  const { weights, specs } = await readModelFile(join(models.path, 'squeezenet1.1'))
  const decoded = tf.io.decodeWeights(weights.buffer, specs as tf.io.WeightsManifestEntry[])
  for (const [dtype, agreeing] of [
    ['uint8', 27],
    ['uint16', 30],
    ['float16', 30],
  ] as const) {
    const small: object[] = []
    const packed: Buffer[] = []
    const plain: object[] = []
    const unpacked: Buffer[] = []
    for (const { name, shape } of specs) {
      const values = decoded[name].dataSync<'float32'>()
      const least = values.reduce((so, value) => Math.min(so, value), Infinity)
      const scale =
        dtype === 'float16'
          ? 1
          : (values.reduce((so, value) => Math.max(so, value), -Infinity) - least) / LEVELS[dtype] || 1
      const coded = Array.from(values, (value) =>
        dtype === 'float16' ? halfOf(value) : Math.round((value - least) / scale),
      )
      const codes = dtype === 'uint8' ? Uint8Array.from(coded) : Uint16Array.from(coded)
      const wide = Float32Array.from(codes, (code) =>
        dtype === 'float16' ? ofHalf(code) : code * scale + least,
      )
      packed.push(Buffer.from(codes.buffer))
      unpacked.push(Buffer.from(wide.buffer))
      const how = dtype === 'float16' ? { dtype } : { dtype, scale, min: least }
      small.push({ name, shape, dtype: 'float32', quantization: how })
      plain.push({ name, shape, dtype: 'float32' })
    }
    const save = (name: string, given: object[], bytes: Buffer[]) => {
      const folder = join(root, name)
      mkdirSync(folder)
      writeFileSync(join(folder, 'weights.bin'), Buffer.concat(bytes))
      const manifest = [{ paths: ['weights.bin'], weights: given }]
      writeFileSync(join(folder, 'model.json'), JSON.stringify({ ...json, weightsManifest: manifest }))
      return loadClassifier(folder)
    }
    const own = await save(dtype, small, packed)
    const wide = await save(`${dtype}-wide`, plain, unpacked)
    const [found, wanted] = [own, wide].map((one) => logitsOf(one, pixels))
    t.ok(
      apart(found, wanted) < 1e-4 * largest(wanted),
      `${dtype}: ${apart(found, wanted)} from float32 by hand`,
    )
    const agree = same(predictions(found, 1000), predictions(logits, 1000))
    t.ok(
      agree >= agreeing,
      `${dtype}: the same top-1 of ${agree} of 30; logits move by ${apart(found, logits)}`,
    )
    for (const one of [own, wide]) one.dispose()
  }
  tf.dispose(decoded)
}

/** Half precision by its definition, for numbers that fit; small ones are whole 2⁻²⁴. */
function halfOf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (size < 2 ** -14) return sign | even(size * 2 ** 24)
  const exponent = Math.floor(Math.log2(size))
  return sign | (((exponent + 15) << 10) + even((size / 2 ** exponent - 1) * 1024))
}

function ofHalf(code: number): number {
  const exponent = (code >> 10) & 31
  const size = exponent === 0 ? (code & 1023) * 2 ** -24 : (1 + (code & 1023) / 1024) * 2 ** (exponent - 15)
  return code & 0x8000 ? -size : size
}

/** Rounded, halves to even. */
function even(value: number): number {
  const rounded = Math.round(value)
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded
}
