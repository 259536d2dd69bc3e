import { readFileSync, readdirSync } from 'node:fs'
import t from 'tap'
import { crossEntropy } from '../../../operators/classifier/crossEntropy.js'
import { sizeFromShape } from '../../../operators/classifier/sizeFromShape.js'
import { randomFor } from '../../../operators/random.js'
import { useBackend } from '../../../operators/tensor/backend.js'
import { layersParts, plainNetwork } from '../../../operators/tensor/layersModel.js'
import { readModelFile, type LayersFile } from '../../../operators/tensor/modelFile.js'
import { networkOf } from '../../../operators/tensor/networkOf.js'
import type { Network } from '../../../operators/tensor/network.js'
import { prepared } from '../../../operators/tensor/prepared.js'
import { tf, type Tensor2D } from '../../../operators/tensor/tf.js'

const { name: backend } = await useBackend()

interface Expected {
  readonly images: readonly number[]
  readonly centred: readonly number[]
  readonly gradient: readonly number[]
  readonly layers: Readonly<Record<string, readonly number[]>>
}

/** Largest difference of values, as a share of the largest. */
function apart(values: Float32Array | readonly number[], from: readonly number[]): number {
  if (values.length !== from.length) return Infinity
  const most = Math.max(...from.map(Math.abs))
  return Math.max(...from.map((value, i) => Math.abs(value - values[i]))) / most
}

function centred(logits: Float32Array, classes: number): number[] {
  return [...logits].map((value, at) => {
    const row = logits.subarray(at - (at % classes), at - (at % classes) + classes)
    return value - row.reduce((sum, one) => sum + one, 0) / classes
  })
}

const folders = ['keras/keras2', 'keras/keras3', 'torch'].flatMap((program) =>
  readdirSync(`test/fixtures/${program}`)
    .filter((name) => !name.endsWith('.py'))
    .map((name) => `${program}/${name}`),
)

/** What a network makes of images: of all at once, since sizes of batches are another test's. */
function answers(network: Network, images: Float32Array, weigh: (logits: Float32Array) => Float32Array) {
  const rows = images.length / sizeFromShape(network.inputShape)
  const x = () => tf.tensor2d(images, [rows, images.length / rows])
  const read = (make: () => Tensor2D) => Float32Array.from(tf.tidy(make).dataSync())
  const logits = read(() => network.logits(x()))
  return {
    logits,
    gradient: read(() => {
      const weights = () => [tf.tensor2d(weigh(logits), [rows, network.classes])]
      return network.gradient([x()], weights)[0]
    }),
    layer: (name: string, pre = false) => read(() => network.activations(name, x(), pre)),
  }
}

// what was folded, left out, and unfolded again for a layer that is asked for, is their own within float32
for (const name of folders)
  t.test(`${name}, as Keras and PyTorch compute it (${backend})`, async (t) => {
    const place = `test/fixtures/${name.replace('-tfjs', '')}/expected.json`
    const expected = JSON.parse(readFileSync(place, 'utf8')) as Expected
    const network = networkOf(await readModelFile(`test/fixtures/${name}`))
    const images = Float32Array.from(expected.images)
    const { classes } = network
    const weigh = (logits: Float32Array) => crossEntropy(logits, new Int32Array(4).fill(1), classes).gradient
    const { logits, gradient, layer } = answers(network, images, weigh)
    const off = {
      logits: apart(centred(logits, classes), expected.centred),
      gradient: apart(gradient, expected.gradient),
      ...Object.fromEntries(
        Object.entries(expected.layers).map(([one, values]) => [
          one,
          apart(layer(one).subarray(0, values.length), values),
        ]),
      ),
    }
    for (const [what, share] of Object.entries(off)) t.ok(share < 2e-5, `${what}: off by ${share}`)
    network.dispose()
  })

// the definition: every layer by itself, differentiated by TensorFlow.js
for (const name of folders)
  t.test(`${name}: folded as it was`, async (t) => {
    const file = (await readModelFile(`test/fixtures/${name}`)) as LayersFile
    const plain = prepared(plainNetwork(file), file.preparation)
    const own = networkOf(file)
    t.same(own.layers, plain.layers)
    const random = randomFor(1, name)
    const noise = (values: number) => Float32Array.from({ length: values }, () => random.uniform())
    const images = noise(5 * sizeFromShape(own.inputShape))
    const weights = noise(5 * own.classes)
    const [a, b] = [own, plain].map((one) => answers(one, images, () => weights))
    t.ok(apart(a.logits, [...b.logits]) < 2e-5, 'logits')
    t.ok(apart(a.gradient, [...b.gradient]) < 2e-5, 'gradient')
    for (const layer of own.layers) {
      t.same(own.layerShape(layer), plain.layerShape(layer), layer)
      t.equal(own.hasPre(layer), plain.hasPre(layer), layer)
      for (const pre of own.hasPre(layer) ? [false, true] : [false])
        t.ok(apart(a.layer(layer, pre), [...b.layer(layer, pre)]) < 2e-5, `${layer}, pre ${pre}`)
    }
    for (const one of [plain, own]) one.dispose()
  })

t.test('a usual MLP is a chain of dense layers, and all of it is let go', async (t) => {
  const tensors = tf.memory().numTensors
  for (const name of ['keras/keras2/mlp', 'keras/keras3/mlp-tfjs', 'torch/mlp', 'torch/branches']) {
    const file = (await readModelFile(`test/fixtures/${name}`)) as LayersFile
    const { model, plan, dispose } = layersParts(file)
    const classes = model.steps.map(({ layer }) => layer.getClassName())
    t.notOk(
      classes.includes('BatchNormalization') || classes.includes('Rescaling'),
      `${name}: ${classes.join()}`,
    )
    t.equal(typeof plan === 'string', name === 'torch/branches', name)
    dispose()
    const network = networkOf(file)
    tf.tidy(
      () =>
        void network.activations(network.layers[0], tf.zeros([2, sizeFromShape(network.inputShape)]), false),
    )
    network.dispose()
    t.equal(tf.memory().numTensors, tensors, `${name} leaves no tensor`)
  }
})
