import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { checkClassifier } from '../../../operators/classifier/checkClassifier.js'
import { randomFor } from '../../../operators/random.js'
import { useBackend } from '../../../operators/tensor/backend.js'
import { loadClassifier } from '../../../operators/tensor/loadClassifier.js'
import { tf, type Tensor } from '../../../operators/tensor/tf.js'

await useBackend('cpu')
const root = mkdtempSync(join(tmpdir(), 'resizing-'))
t.teardown(() => rmSync(root, { recursive: true }))

const [HEIGHT, WIDTH, CHANNELS] = [7, 10, 3]
const random = randomFor(2, 'resizing')
const pixels = Float32Array.from({ length: 2 * HEIGHT * WIDTH * CHANNELS }, () => random.uniform())

let count = 0
/** A model of one layer, as Keras writes it: its logits are the layer's values. */
function modelOf(class_name: string, config: object): string {
  const folder = join(root, String(count++))
  mkdirSync(folder)
  const layers = [
    { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, HEIGHT, WIDTH, CHANNELS] } },
    { class_name, config: { name: 'layer', ...config } },
  ]
  const modelTopology = {
    keras_version: '2.15.0',
    class_name: 'Sequential',
    config: { name: 'model', layers },
  }
  writeFileSync(join(folder, 'weights.bin'), '')
  writeFileSync(
    join(folder, 'model.json'),
    JSON.stringify({
      ...{ format: 'layers-model', generatedBy: 'keras v2.15.0', modelTopology },
      weightsManifest: [{ paths: ['weights.bin'], weights: [] }],
    }),
  )
  return folder
}

const wanted = (f: (x: tf.Tensor4D) => Tensor): Float32Array =>
  tf.tidy(() =>
    f(tf.tensor4d(pixels, [2, HEIGHT, WIDTH, CHANNELS]))
      .dataSync<'float32'>()
      .slice(),
  )

t.test('Resizing is that of tf.image.resize, and so is its gradient', async (t) => {
  for (const [height, width] of [
    [4, 5],
    [13, 21],
    [7, 10],
    [1, 1],
  ] as const)
    for (const interpolation of ['bilinear', 'nearest'] as const) {
      const resize = interpolation === 'bilinear' ? tf.image.resizeBilinear : tf.image.resizeNearestNeighbor
      const network = await loadClassifier(modelOf('Resizing', { height, width, interpolation }))
      const found = network.logits(pixels)
      const right = wanted((x) => resize(x, [height, width], false, true))
      const off = right.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0)
      const name = `${interpolation} ${height}x${width}`
      t.ok(found.length === right.length && off < 1e-6, `${name}: off by ${off}`)
      t.same(network.layerShape('layer'), [height, width, CHANNELS])
      await t.resolves(checkClassifier(network), name)
      network.dispose()
    }
  const usual = await loadClassifier(modelOf('Resizing', { height: 2, width: 2 }))
  t.equal(usual.classes, 12, 'bilinear without a word')
  usual.dispose()
})

t.test('CenterCrop is the middle, with a gradient', async (t) => {
  const network = await loadClassifier(modelOf('CenterCrop', { height: 4, width: 5 }))
  t.same(
    network.logits(pixels),
    wanted((x) => tf.slice(x, [0, 1, 2, 0], [2, 4, 5, 3])),
  )
  await t.resolves(checkClassifier(network))
  network.dispose()
})

t.test('what they would not do is an error that names the layer', async (t) => {
  const size = { height: 4, width: 5 }
  const wrong: readonly (readonly [string, object, RegExp])[] = [
    [
      'Resizing',
      { ...size, interpolation: 'bicubic' },
      /interpolation: expected one of bilinear, nearest, got bicubic/,
    ],
    ['Resizing', { ...size, crop_to_aspect_ratio: true }, /crop_to_aspect_ratio.*expected false/],
    ['Resizing', { ...size, pad_to_aspect_ratio: true }, /pad_to_aspect_ratio: expected false/],
    ['Resizing', { ...size, data_format: 'channels_first' }, /data_format: expected channels_last/],
    ['Resizing', { height: 4 }, /width: expected a whole number from 1, got undefined/],
    ['CenterCrop', { height: 8, width: 5 }, /expected an image of 8x5 or more.*got 7x10/],
    ['CenterCrop', { ...size, data_format: 'channels_first' }, /data_format: expected channels_last/],
  ]
  const tensors = tf.memory().numTensors
  for (const [className, config, message] of wrong)
    await t.rejects(loadClassifier(modelOf(className, config)), {
      ...{ code: 'bad-model', message: new RegExp(`"layer" \\(${className}\\): .*${message.source}`) },
    })
  t.equal(tf.memory().numTensors, tensors, 'no tensor is left')
})
