import { execFileSync, spawnSync } from 'node:child_process'
import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { lossGradient } from '../../../operators/classifier/lossGradient.js'
import { alexnet, alexnet2012 } from '../../../operators/tensor/alexnet/alexnet.js'
import { parametersOf, type NetworkPlan } from '../../../operators/tensor/alexnet/plan.js'
import { writeUntrained } from '../../../operators/tensor/alexnet/writeUntrained.js'
import { useBackend } from '../../../operators/tensor/backend.js'
import { importModel } from '../../../operators/tensor/import/importModel.js'
import { readSafetensors } from '../../../operators/tensor/import/safetensors.js'
import { valuesOf } from '../../../operators/tensor/import/tensorValues.js'
import { backendNames, loaders } from '../../../operators/tensor/load.js'
import { loadClassifier } from '../../../operators/tensor/loadClassifier.js'
import { tf } from '../../../operators/tensor/tf.js'

const { name: usual } = await useBackend()
const FIXTURES = 'test/fixtures/alexnet'
const SMALL = { width: 1 / 32, classes: 10 }
const folder = t.testdir()

/** The two images of generate.py, as pixels from 0 to 1. */
function imagesOf(size: number, count = 2): Float32Array {
  const pixels = new Float32Array(count * size * size * 3)
  let at = 0
  for (let s = 0; s < count; s++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        for (let c = 0; c < 3; c++)
          pixels[at++] = ((3 * x + 5 * y + 50 * c + 77 * s + ((x * y) >> 4)) % 256) / 255
  return pixels
}

/** Holds every layer of a network against PyTorch's, within 1e-4 of the layer's largest value. */
async function compare(t: Test, network: NetworkPlan, place: string): Promise<void> {
  const [size] = network.inputShape
  const out = join(folder, `${network.name}-${size}-${network.classes}`)
  await importModel(network, join(place, `${network.name}.safetensors`), out).catch((error: unknown) => {
    if (!/holds a model already/.test(String(error))) throw error
  })
  const classifier = await loadClassifier(out)
  t.teardown(() => classifier.dispose())
  const file = join(place, `${network.name}-${size}.safetensors`)
  const tensors = await readSafetensors(file)
  const handle = await open(file)
  t.teardown(() => handle.close())
  const pixels = imagesOf(size)
  const worst: Record<string, number> = {}
  for (const [layer, tensor] of tensors) {
    const wanted = await valuesOf(file, handle, tensor)
    const found = classifier.activations(layer, pixels)
    t.same([classifier.layerShape(layer), found.length], [tensor.shape.slice(1), wanted.length], layer)
    let [difference, largest] = [0, 0]
    for (let i = 0; i < wanted.length; i++) {
      difference = Math.max(difference, Math.abs(found[i] - wanted[i]))
      largest = Math.max(largest, Math.abs(wanted[i]))
    }
    worst[layer] = difference / largest
  }
  t.ok(
    Object.values(worst).every((off) => off < 1e-4),
    JSON.stringify(worst),
  )
  t.same(Object.keys(worst).length, 9, 'layers of the fixture')
}

t.test('the parameters are as many as the papers and torchvision have', (t) => {
  t.same([alexnet(), alexnet2012()].map(parametersOf), [61_100_840, 60_965_224])
  t.same([alexnet({ size: 227 }), alexnet({ classes: 10 })].map(parametersOf), [
    61_100_840,
    61_100_840 - 990 * 4097,
  ])
  for (const [options, message] of [
    [{ classes: 1 }, /classes: expected .* got 1/],
    [{ size: 225 }, /size: expected 224 or 227, got 225/],
    [{ width: 0 }, /width: expected .* got 0/],
  ] as const)
    t.throws(() => alexnet(options), { code: 'bad-option', message })
  t.throws(() => alexnet2012({ size: 224 }), { message: /size: expected 227, got 224/ })
  t.end()
})

for (const backend of backendNames.filter((name) => name !== 'cpu')) {
  const skip = backend === 'native' && usual !== 'native' ? 'needs the native backend' : false
  t.test(`${backend}: every layer is PyTorch’s`, { skip }, async (t) => {
    await loaders[backend]()
    const networks = [alexnet(SMALL), alexnet({ ...SMALL, size: 227 }), alexnet2012(SMALL)]
    for (const network of networks) await compare(t, network, FIXTURES)
  })

  t.test(`${backend}: the input gradient is that of finite differences`, { skip }, async (t) => {
    await loaders[backend]()
    for (const network of [alexnet({ ...SMALL, size: 227 }), alexnet2012(SMALL)]) {
      const out = join(folder, `gradient-${backend}-${network.name}`)
      await writeUntrained(network, out, { seed: 3 })
      const classifier = await loadClassifier(out)
      const pixels = imagesOf(227, 1)
      const target = Int32Array.of(7)
      const { gradient } = lossGradient(classifier, pixels, target)
      // along the gradient: a single pixel's difference drowns in float32's noise
      const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0))
      const lossAt = (step: number) => {
        const moved = pixels.map((pixel, i) => pixel + (step * gradient[i]) / norm)
        const z = Array.from(classifier.logits(moved))
        const top = Math.max(...z)
        return Math.log(z.reduce((sum, value) => sum + Math.exp(value - top), 0)) + top - z[7]
      }
      const step = 0.003
      const slope = (lossAt(step) - lossAt(-step)) / (2 * step)
      t.ok(norm > 0 && Math.abs(slope / norm - 1) < 0.02, `${network.name}: ${slope} and ${norm}`)
      classifier.dispose()
    }
  })
}

t.test('a grouped convolution is one for each group, also in Keras’ file', async (t) => {
  await loaders[usual]()
  const before = tf.memory().numTensors
  const plan = alexnet2012(SMALL)
  const out = join(folder, 'tensors')
  await writeUntrained(plan, out)
  const classifier = await loadClassifier(out)
  t.same(classifier.layerShape('conv2'), [27, 27, 8])
  classifier.logits(imagesOf(227, 1))
  const post = classifier.activations('conv2', imagesOf(227, 1))
  const pre = classifier.activations('conv2', imagesOf(227, 1), { pre: true })
  t.same(
    post,
    pre.map((value) => Math.max(0, value)),
    'before its ReLU too',
  )
  t.same(classifier.framing, { size: [227, 227], crop: { policy: 'shorter-side', resize: 256 } })
  classifier.dispose()
  t.equal(tf.memory().numTensors, before, 'no tensor is left')
  const json = await readFile(join(out, 'model.json'), 'utf8')
  await writeFile(join(out, 'model.json'), json.replace('"groups":2', '"groups":3'))
  await t.rejects(loadClassifier(out), { code: 'bad-model', message: /"conv2" \(Conv2D\).*groups 3/ })
})

const python = process.env['BLINDSPOT_TORCH'] ?? 'python3'
const torch = spawnSync(python, ['-c', 'import torch, safetensors.torch']).status === 0
t.test(
  'at full width, too',
  {
    skip: torch
      ? false
      : 'language: needs python3 with torch and safetensors, or BLINDSPOT_TORCH=such a python3',
  },
  async (t) => {
    await loaders[usual]()
    const place = t.testdir()
    execFileSync(python, [join(FIXTURES, 'generate.py'), place])
    for (const network of [alexnet(), alexnet({ size: 227 }), alexnet2012()]) await compare(t, network, place)
  },
)
