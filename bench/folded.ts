import { markdownTable } from 'markdown-table'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastValueFrom, toArray } from 'rxjs'
import { attack } from '../operators/attack.js'
import type { Classifier } from '../operators/classifier.js'
import { predictedLabels } from '../operators/predictedLabels.js'
import { randomFor } from '../operators/random.js'
import { useBackend } from '../operators/tensor/backend.js'
import { classifierOf } from '../operators/tensor/classifier.js'
import { layersModelNetwork, plainNetwork } from '../operators/tensor/layersModel.js'
import { readModelFile, type LayersFile } from '../operators/tensor/modelFile.js'
import { tf } from '../operators/tensor/tf.js'
import { mnist } from '../sources/mnist.js'
import { saveModel } from '../test/oracle/savedModel.js'
import { measure, median } from './measure.js'
import { settings } from './settings.js'

/**
 * What folding is worth: images attacked per second of one function in three forms, a usual Keras MLP layer by layer, the same
 * folded at loading, and a chain of dense layers alone of the same size, as ours are.
 *
 *     node dist/bench/folded.js [limit=N] [runs=N] [units=N]
 *
 * `limit` images in each run (256), `runs` by the clock after one that is not (3), two hidden layers of `units` (100). Random
 * weights; what the network takes an image for is its label. All in one thread; the ratios are within one run.
 */
const { number } = settings(process.argv.slice(2))
const [limit, runs, units] = [number('limit', 256), number('runs', 3), number('units', 100)]

/** Microseconds of a pass with its gradient, an image of a batch of 384, of the fastest in turns. */
function passesOf(classifiers: readonly Classifier[]): readonly number[] {
  const pixels = new Float32Array(384 * 784).fill(0.5)
  const best = classifiers.map(() => Infinity)
  for (let turn = 0; turn < 200; turn++)
    for (const [i, classifier] of classifiers.entries()) {
      const started = performance.now()
      classifier.logitGradient(pixels, (logits) => logits)
      if (turn > 0) best[i] = Math.min(best[i], ((performance.now() - started) * 1000) / 384)
    }
  return best
}

const { name: backend } = await useBackend()
const folder = await mkdtemp(join(tmpdir(), 'folded-'))
try {
  const kernel = (seed: number) => ({ kernelInitializer: tf.initializers.heNormal({ seed }) })
  const usual = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [28, 28, 1] }),
      ...[1, 2].flatMap((seed) => [
        tf.layers.dense({ units, ...kernel(seed) }),
        tf.layers.batchNormalization(),
        tf.layers.reLU(),
        tf.layers.dropout({ rate: 0.2 }),
      ]),
      tf.layers.dense({ units: 10, activation: 'softmax', ...kernel(3) }),
    ],
  })
  const random = randomFor(1, 'folded')
  for (const layer of usual.layers.filter((one) => one.getClassName() === 'BatchNormalization'))
    layer.setWeights([1, 0, 0, 1].map((mean) => noise(mean)))
  const own = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [784], units, activation: 'relu', ...kernel(1) }),
      tf.layers.dense({ units, activation: 'relu', ...kernel(2) }),
      tf.layers.dense({ units: 10, ...kernel(3) }),
    ],
  })
  function noise(mean: number) {
    return tf.tensor1d(Float32Array.from({ length: units }, () => mean + 0.2 * random.uniform()))
  }

  const read = async (name: string, model: typeof usual) =>
    (await readModelFile(await saveModel(join(folder, name), model))) as LayersFile
  const [keras, dense] = [await read('keras', usual), await read('dense', own)]
  const forms: readonly (readonly [string, Classifier])[] = [
    ['layer by layer', classifierOf('plain', '', plainNetwork(keras))],
    ['folded', classifierOf('folded', '', layersModelNetwork(keras))],
    ['dense layers alone', classifierOf('dense', '', layersModelNetwork(dense))],
  ]
  const rows: string[][] = []
  const passes = passesOf(forms.map(([, classifier]) => classifier))
  let first: number | undefined
  for (const [form, classifier] of forms) {
    const images = await lastValueFrom(mnist('test', { limit }).pipe(predictedLabels(classifier), toArray()))
    const { seconds, evaluations } = await measure(images, attack(classifier), runs)
    const rate = limit / median(seconds)
    first ??= rate
    const spread = [Math.max(...seconds), Math.min(...seconds)].map((time) => (limit / time).toFixed(0))
    rows.push([
      form,
      `${rate.toFixed(0)} [${spread.join(', ')}]`,
      evaluations.toFixed(1),
      (rate / first).toFixed(2),
      passes[rows.length].toFixed(1),
      (passes[0] / passes[rows.length]).toFixed(2),
    ])
    classifier.dispose()
  }
  console.log(`784-${units}-${units}-10, ReLU, ${limit} images, ${runs} runs, ${backend}, one thread\n`)
  console.log(
    markdownTable([
      ['form', 'images/s [least, most]', 'evaluations an image', 'ratio', 'pass, µs an image', 'ratio'],
      ...rows,
    ]),
  )
} finally {
  await rm(folder, { recursive: true })
}
