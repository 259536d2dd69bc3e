import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { useBackend } from '../../../operators/tensor/backend.js'
import { inspectModel } from '../../../operators/tensor/inspectModel.js'
import { loadClassifier } from '../../../operators/tensor/loadClassifier.js'
import { tf } from '../../../operators/tensor/tf.js'
import { inspectedLines } from '../../../pipelines/tables/inspected.js'
import { saveModel } from '../../oracle/savedModel.js'

await useBackend('cpu')
const root = mkdtempSync(join(tmpdir(), 'inspect-'))
t.teardown(() => rmSync(root, { recursive: true }))

t.test('what a model is', async (t) => {
  const tensors = tf.memory().numTensors
  const mlp = await inspectModel('test/fixtures/keras/keras3/mlp')
  t.match(mlp, {
    ...{ name: 'mlp', format: 'layers', classes: 4, inputShape: [6, 5, 1], box: [0, 1], framing: null },
    ...{ parameters: 870, fast: { dense: true } },
    preprocess: { from: null, scale: [1], offset: [0], channelOrder: 'RGB', layout: 'NHWC' },
  })
  t.same(mlp.layers.slice(2, 5), [
    { name: 'd1', kind: 'Dense', activation: null, shape: [12], parameters: 360 },
    { name: 'n1', kind: 'BatchNormalization', activation: null, shape: [12], parameters: 48 },
    { name: 'r1', kind: 'ReLU', activation: null, shape: [12], parameters: 0 },
  ])
  t.same(
    mlp.leftOut.map(({ name, why }) => `${name}: ${why}`).sort(),
    [
      ...['n1', 'n2', 'n4', 'rescale'].map((name) => `${name}: folded`),
      ...['noise', 'o1', 'regular'].map((name) => `${name}: nothing at inference`),
      'out: softmax',
    ].sort(),
  )
  const classifier = await loadClassifier('test/fixtures/keras/keras3/mlp')
  t.same([classifier.layers, classifier.weightsHash], [mlp.layers.map(({ name }) => name), mlp.weightsHash])
  classifier.dispose()

  const file = join(root, 'mine.json')
  writeFileSync(file, '{"box": [-1, 1], "channelOrder": "BGR", "mean": [0.1, 0.2, 0.3]}')
  const convolutions = await inspectModel('test/fixtures/keras/keras2/convolutions', { preprocess: file })
  t.match(convolutions, {
    preprocess: { from: file, scale: [2, 2, 2], channelOrder: 'BGR' },
    framing: { size: [9, 8] },
    fast: { dense: false, why: 'it has a layer of class Conv2D' },
    parameters: 1122,
  })
  // of the adapted normalisation nothing is folded, since a padded convolution comes behind it
  t.notOk(convolutions.leftOut.some(({ name }) => name === 'normal'))
  t.match(
    inspectedLines(convolutions).join('\n'),
    /an input is 2 · pixel \+ \[-1\.1, -1\.2, -1\.3\], blue first, as .*mine\.json says/,
  )

  const graph = await inspectModel('test/fixtures/converted/graph-float32')
  t.match(graph, { format: 'graph', classes: 5, fast: { dense: false, why: /node by node/ } })
  // its normalisation was folded by the converter
  t.equal(graph.parameters, 224 + 80 + 438 + 54 + 2180 + 105)
  t.equal(tf.memory().numTensors, tensors, 'no tensor is left')
})

t.test('what makes a model give no numbers is a warning, and an error where it is loaded', async (t) => {
  const tensors = tf.memory().numTensors
  const saved = async (name: string, change: (layers: tf.layers.Layer[]) => void, epsilon = 1e-3) => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [4], name: 'hidden' }),
        tf.layers.batchNormalization({ epsilon, name: 'normal' }),
        tf.layers.reLU(),
        tf.layers.dense({ units: 2, name: 'logits' }),
      ],
    })
    change(model.layers)
    const folder = await saveModel(join(root, name), model)
    model.dispose()
    return folder
  }
  const put = (layer: tf.layers.Layer, at: number, values: number[]) =>
    tf.tidy(() => {
      layer.setWeights(
        layer.getWeights().map((weight, i) => {
          const own = weight.dataSync<'float32'>().slice()
          if (i === at) own.set(values)
          return tf.tensor(own, weight.shape)
        }),
      )
    })
  const normal = /layer "normal" \(BatchNormalization\) gives /
  const cases: readonly (readonly [name: string, folder: string, message: RegExp])[] = [
    [
      'negative variance',
      await saved('negative', ([, batch]) => put(batch, 3, [1, -0.5])),
      new RegExp(`${normal.source}NaN in channel 1 of 3: .*got -0\\.5 and epsilon 0\\.001`),
    ],
    [
      'no epsilon',
      await saved('epsilon', ([, batch]) => put(batch, 3, [1, 1, 0]), 0),
      new RegExp(`${normal.source}Infinity in channel 2 of 3: .*got 0 and epsilon 0`),
    ],
    [
      'too large a scale',
      await saved(
        'large',
        ([, batch]) => {
          put(batch, 0, [1e38])
          put(batch, 3, [1e-12])
        },
        1e-12,
      ),
      new RegExp(`${normal.source}Infinity in channel 0 of 3: its weights there are too large`),
    ],
    [
      'NaN',
      await saved('nan', ([dense]) => put(dense, 0, [1, NaN])),
      /the weight "hidden\/kernel" has NaN, at place 1 of 12/,
    ],
    [
      'Infinity',
      await saved('infinity', ([, , , last]) => put(last, 1, [-Infinity])),
      /the weight "logits\/bias" has -Infinity, at place 0 of 2/,
    ],
  ]
  for (const [name, folder, message] of cases) {
    const found = await inspectModel(folder)
    t.match(found.warnings, [message], name)
    t.match(inspectedLines(found)[0], /^warning: (layer|weightsManifest)/)
    t.equal(found.parameters, 35, 'and all else is told')
    await t.rejects(loadClassifier(folder), { code: 'bad-model', message }, name)
  }
  t.same((await inspectModel(await saved('right', () => undefined))).warnings, [])
  t.equal(tf.memory().numTensors, tensors, 'no tensor is left')
})
