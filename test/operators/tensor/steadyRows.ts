import { lossGradient } from '../../../operators/classifier/lossGradient.js'
import { denseOf } from '../../oracle/denseOf.js'
import { initialWeights } from '../../../operators/tensor/training/weights.js'
import { classifierOf } from '../../../operators/tensor/classifier.js'
import { networkOf } from '../../../operators/tensor/networkOf.js'
import { useBackend } from '../../../operators/tensor/backend.js'
import { readModelFile } from '../../../operators/tensor/modelFile.js'
import { tf } from '../../../operators/tensor/tf.js'
import { randomFor } from '../../../operators/random.js'
import type { Classifier } from '../../../operators/classifier.js'
import { saveModel } from '../../oracle/savedModel.js'
import { writeColourModel } from '../../pipelines/colours.js'

/**
 * A process of its own, since a process has one backend and one set of vector instructions: prints, for each network, the
 * sizes of batches in which some row has other bits than alone. Arguments: a folder, the largest size.
 */
const [folder, most] = process.argv.slice(2)
const MOST = Number(most)
/** Different rows, one after another again and again: of no block of rows a multiple. */
const IMAGES = 37

await useBackend()
const random = randomFor(1, 'rows')
const seed = (n: number) => ({ kernelInitializer: tf.initializers.glorotUniform({ seed: n }) })

function dense(...sizes: number[]): Classifier {
  const layers = sizes.slice(1).map((units, i) => initialWeights(7, i, sizes[i], units))
  return denseOf(sizes.join('-'), 'sigmoid', layers).classifier()
}

/** Convolutions, normalisation, an ELU and a nested model: evaluated layer by layer. */
async function layered(): Promise<Classifier> {
  const nested = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [3, 3, 3], ...seed(2) }),
      tf.layers.elu(),
      tf.layers.flatten(),
    ],
  })
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 3,
        kernelSize: 3,
        inputShape: [5, 5, 1],
        activation: 'sigmoid',
        ...seed(1),
      }),
      tf.layers.batchNormalization(),
      nested,
      tf.layers.dense({ units: 17, activation: 'elu', ...seed(3) }),
      tf.layers.dense({ units: 10, ...seed(4) }),
    ],
  })
  const file = await readModelFile(await saveModel(`${folder}/layered`, model))
  return classifierOf('layered', '', networkOf(file))
}

/** All small ones; of the others, which are filled up to a multiple of 8, the first and the last of each. */
const sizes = (most: number) =>
  Array.from({ length: most }, (_, i) => i + 1).filter((n) => n <= 33 || n % 8 < 2)

function differing(classifier: Classifier, most = MOST): number[] {
  const values = classifier.inputShape.reduce((product, size) => product * size, 1)
  const channels = classifier.inputShape.at(-1) ?? 1
  // averages over noise of one kind would be all alike
  const noise = new Float32Array(IMAGES * values)
  for (let image = 0; image < IMAGES; image++) {
    const least = Array.from({ length: channels }, () => random.uniform())
    for (let i = 0; i < values; i++) {
      const low = least[i % channels]
      noise[image * values + i] = low + (1 - low) * random.uniform()
    }
  }
  const pixels = Float32Array.from({ length: most * values }, (_, i) => noise[i % noise.length])
  const targets = Int32Array.from({ length: most }, (_, i) => (i % IMAGES) % classifier.classes)
  const shown = [classifier.layers[0], classifier.layers.at(-2) ?? classifier.layers[0]]
  /** All that a classifier says of some rows, in bits. */
  const bitsOf = (from: number, n: number): Buffer[] => {
    const x = pixels.slice(from * values, (from + n) * values)
    const { logits, gradient } = lossGradient(classifier, x, targets.slice(from, from + n))
    const activations = shown.map((layer) => classifier.activations(layer, x))
    return [logits, gradient, classifier.logits(x), ...activations].map((result) =>
      Buffer.from(result.buffer, result.byteOffset, result.byteLength),
    )
  }
  const images = Array.from({ length: Math.min(IMAGES, most) }, (_, i) => bitsOf(i, 1))
  const rows = Array.from({ length: most }, (_, i) => images[i % IMAGES])
  const alone = images[0].map((_, k) => Buffer.concat(rows.map((row) => row[k])))
  return sizes(most).filter((n) =>
    bitsOf(0, n).some((bits, k) => !bits.equals(alone[k].subarray(0, bits.length))),
  )
}

/** Few logits of few terms each, which two orders of summing give alike in most rows. */
async function sparse(seed: number): Promise<Classifier> {
  const path = await writeColourModel(`${folder}/sparse ${seed}`, seed)
  return classifierOf(`sparse ${seed}`, '', networkOf(await readModelFile(path)))
}

const networks = [dense(196, 10), dense(100, 100, 60, 10), dense(31, 33, 7), await layered()]
const photographic = [await sparse(1), await sparse(4)]
console.log(
  JSON.stringify([
    ...networks.map((classifier) => [classifier.name, differing(classifier)]),
    ...photographic.map((classifier) => [classifier.name, differing(classifier, Math.min(MOST, 34))]),
  ]),
)
