import t, { type Test } from 'tap'
import { randomFor } from '../../../../operators/random.js'
import { useBackend } from '../../../../operators/tensor/backend.js'
import { backendNames, loaders } from '../../../../operators/tensor/load.js'
import { tf } from '../../../../operators/tensor/tf.js'
import { autoencoderStep } from '../../../../operators/tensor/training/autoencoder.js'
import { convolutionalStep } from '../../../../operators/tensor/training/convolutional.js'
import { byProducts, filterGradient } from '../../../../operators/tensor/training/filterGradient.js'
import { lbfgs } from '../../../../operators/tensor/training/lbfgs.js'
import { adam, momentum, type Optimizer } from '../../../../operators/tensor/training/optimizer.js'
import { perceptronStep } from '../../../../operators/tensor/training/perceptron.js'
import { softmaxRegression } from '../../../../operators/tensor/training/softmaxRegression.js'
import {
  initialLayers,
  initialWeights,
  type LayerWeights,
} from '../../../../operators/tensor/training/weights.js'

const { name: usual } = await useBackend()
const ROWS = 6
const random = randomFor(1, 'test')
const pixels = Float32Array.from({ length: ROWS * 7 }, () => random.uniform())
const labels = Int32Array.of(0, 1, 2, 0, 1, 2)

/** Odd, so that pooling leaves out a row. */
const SHAPE = [7, 5, 2] as const
const photographs = Float32Array.from({ length: ROWS * 70 }, () => random.uniform())
const CONVOLUTIONAL = {
  kind: 'CNN',
  convolutions: [
    { filters: 3, size: 2 },
    { filters: 2, size: 3 },
  ],
  units: [4, 3],
  activation: 'tanh',
  lambda: [1e-5, 1e-5, 1e-5, 1e-6],
} as const

const layersOf = (...sizes: number[]) =>
  sizes.slice(1).map((units, i) => {
    const layer = initialWeights(1, i, sizes[i], units)
    return { ...layer, bias: layer.bias.map(() => random.gaussian() / 3) }
  })

/** Largest difference between a step's gradients and central differences of its loss, of their largest value. */
function worst(
  layers: readonly LayerWeights[],
  make: (optimizer: Optimizer) => (batch: never) => { loss: number },
  images = pixels,
  width = 1e-2,
) {
  const arrays = layers.flatMap(({ kernel, bias }) => [kernel, bias])
  const gradients = new Map<Float32Array, Float32Array>()
  // an optimizer that only looks
  const step = make(() => (weights, gradient) => gradients.set(weights, gradient.slice()))
  const loss = () => step({ rows: ROWS, pixels: images, labels, rate: 1 } as never).loss / ROWS
  loss()
  const found = new Map(gradients)
  let [difference, largest] = [0, 0]
  for (const weights of arrays) {
    const gradient = found.get(weights) ?? new Float32Array(0)
    for (let i = 0; i < weights.length; i++) {
      const w = weights[i]
      const at = (d: number) => {
        weights[i] = w + d
        return loss()
      }
      difference = Math.max(difference, Math.abs((at(width) - at(-width)) / (2 * width) - gradient[i]))
      largest = Math.max(largest, Math.abs(gradient[i]))
      weights[i] = w
    }
  }
  return difference / largest
}

for (const backend of backendNames) {
  const skip = backend === 'native' && usual !== 'native' ? 'needs the native backend' : false
  t.test(`${backend}: training gradients are those of the loss`, { skip }, async (t) => {
    await loaders[backend]()
    const before = tf.memory().numTensors
    for (const activation of ['sigmoid', 'tanh'] as const) {
      const layers = layersOf(7, 5, 4, 3)
      const off = worst(layers, (optimizer) => perceptronStep(layers, activation, [0, 0, 0], optimizer))
      t.ok(off < 1e-3, `${activation}: ${off}`)
    }
    const bare = [initialWeights(1, 0, 7, 5, false), initialWeights(1, 1, 5, 3, false)]
    const offBare = worst(bare, (optimizer) => perceptronStep(bare, 'tanh', [0, 0, 0], optimizer))
    t.ok(offBare < 1e-3, `without bias: ${offBare}`)
    const [encoder, decoder] = layersOf(7, 5, 7)
    const sparsity = { weight: 0.3, activation: 0.2 }
    const off = worst([encoder, decoder], (optimizer) =>
      autoencoderStep(encoder, decoder, sparsity, [0, 0], optimizer),
    )
    t.ok(off < 1e-3, `autoencoder: ${off}`)
    for (const bias of [true, false]) {
      const architecture = { ...CONVOLUTIONAL, bias }
      const layers = initialLayers(architecture, 3, SHAPE)
      const offConvolutional = worst(
        layers,
        (optimizer) => convolutionalStep(layers, architecture, SHAPE, [0, 0, 0, 0], optimizer),
        photographs,
        // within it the largest of four stays the same one
        1e-3,
      )
      t.ok(offConvolutional < 5e-3, `convolutional, bias ${bias}: ${offConvolutional}`)
    }
    t.equal(tf.memory().numTensors, before, 'no tensor is left')
  })
}

t.test('a filter’s gradient is the same by products', async (t) => {
  await loaders.cpu()
  for (const [size, channels, filters] of [
    [1, 2, 3],
    [2, 1, 2],
    [3, 3, 1],
    [4, 2, 2],
    [5, 2, 4],
  ]) {
    const off = tf.tidy(() => {
      const x = tf.randomNormal<tf.Rank.R4>([2, 5, 6, channels], 0, 1, 'float32', 1)
      const dy = tf.randomNormal<tf.Rank.R4>([2, 5, 6, filters], 0, 1, 'float32', 2)
      const shape = [size, size, channels, filters] as [number, number, number, number]
      const [one, other] = [filterGradient(x, dy, shape), byProducts(x, dy, shape)]
      t.same(one.shape, other.shape)
      return tf.max(tf.abs(tf.sub(one, other))).dataSync()[0]
    })
    t.ok(off < 1e-5, `${size}×${size}: ${off}`)
  }
})

t.test('images that pooling leaves nothing of are an error', (t) => {
  t.throws(() => initialLayers(CONVOLUTIONAL, 1, [3, 8, 2]), {
    code: 'bad-data',
    message: /CNN3x2-2x3-4-3:tanh halves its images 2 times: expected images of at least 4×4 pixels, got 3×8/,
  })
  t.end()
})

t.test('optimizers take the steps of their formulas', (t) => {
  const [decay, rate] = [0.05, 0.1]
  const run = (optimizer: Optimizer) => {
    const w = Float32Array.of(1, -2, 1e-35)
    const update = optimizer(3)
    for (const g of [0.5, -0.25]) update(w, Float32Array.of(g, 2 * g, 0), decay, rate)
    return Array.from(w)
  }
  const byMomentum = (w: number, scale: number) => {
    let v = 0
    for (const g of [0.5 * scale, -0.25 * scale]) w -= rate * (v = 0.9 * v + g + 2 * decay * w)
    return w
  }
  const byAdam = (w: number, scale: number) => {
    let [m, s] = [0, 0]
    for (const [t, raw] of [0.5 * scale, -0.25 * scale].entries()) {
      const g = raw + 2 * decay * w
      m = 0.9 * m + 0.1 * g
      s = 0.999 * s + 0.001 * g * g
      w -= (rate * (m / (1 - 0.9 ** (t + 1)))) / (Math.sqrt(s / (1 - 0.999 ** (t + 1))) + 1e-8)
    }
    return w
  }
  const close = (a: number[], b: number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i]))) < 1e-6
  t.ok(close(run(momentum(0.9)), [byMomentum(1, 1), byMomentum(-2, 2), 0]), 'momentum')
  t.ok(close(run(adam()), [byAdam(1, 1), byAdam(-2, 2), 0]), 'adam')
  t.equal(run(momentum(0.9))[2], 0, 'denormal weights are flushed')
  t.end()
})

t.test('L-BFGS finds the minimum of the Rosenbrock function', async (t) => {
  let evaluations = 0
  const evaluate = ([a, b, c]: Float64Array) => {
    evaluations++
    const [p, q] = [b - a * a, c - b * b]
    return Promise.resolve({
      value: 100 * (p * p + q * q) + (1 - a) ** 2 + (1 - b) ** 2,
      gradient: Float64Array.of(-400 * a * p - 2 * (1 - a), 200 * p - 400 * b * q - 2 * (1 - b), 200 * q),
    })
  }
  let point: Float64Array = new Float64Array()
  const options = { iterations: 200, tolerance: 1e-8, progress: 0, memory: 10 }
  for await (const step of lbfgs(Float64Array.of(-1.2, 1, -0.5), evaluate, options)) point = step.point
  t.ok(
    point.every((value) => Math.abs(value - 1) < 1e-7) && evaluations < 120,
    `${point.join(', ')} after ${evaluations}`,
  )
})

for (const bias of [true, false])
  t.test(`the softmax ${bias ? 'with' : 'without'} bias is the minimum of the float64 objective`, (t) =>
    isMinimum(t, bias),
  )

async function isMinimum(t: Test, biased: boolean) {
  await loaders[usual]()
  const [n, inputs, classes, decay] = [200, 12, 4, 5e-4]
  const x = Float32Array.from({ length: n * inputs }, () => random.uniform())
  const y = Int32Array.from({ length: n }, (_, i) =>
    x[i * inputs] + 0.4 * random.gaussian() > 0.5 ? i % 2 : 2 + (i % 2),
  )
  // in two blocks, the second of a single row
  const blocks = [
    { x: tf.tensor2d(x.slice(0, -inputs), [n - 1, inputs]), labels: y.slice(0, -1) },
    { x: tf.tensor2d(x.slice(-inputs), [1, inputs]), labels: y.slice(-1) },
  ]
  const options = { iterations: 200, tolerance: 1e-6, progress: 0, memory: 10, bias: biased }
  let end = { loss: NaN, layer: initialWeights(1, 0, inputs, classes) }
  for await (const step of softmaxRegression(blocks, classes, decay, options, new AbortController().signal))
    end = step
  blocks.forEach((block) => block.x.dispose())
  const { kernel, bias } = end.layer
  t.equal(bias.length, biased ? classes : 0)
  const gradient = new Float64Array((inputs + 1) * classes)
  let loss = 0
  for (let row = 0; row < n; row++) {
    const input = Array.from(x.subarray(row * inputs, (row + 1) * inputs))
    const z = Array.from({ length: classes }, (_, k) =>
      input.reduce((sum, value, j) => sum + value * kernel[j * classes + k], biased ? bias[k] : 0),
    )
    const sum = z.reduce((all, value) => all + Math.exp(value), 0)
    loss += (Math.log(sum) - z[y[row]]) / n
    z.forEach((value, k) => {
      const r = (Math.exp(value) / sum - (k === y[row] ? 1 : 0)) / n
      input.forEach((v, j) => (gradient[j * classes + k] += r * v))
      if (biased) gradient[inputs * classes + k] += r
    })
  }
  kernel.forEach((w, i) => {
    loss += decay * w * w
    gradient[i] += 2 * decay * w
  })
  t.ok(Math.abs(loss - end.loss) < 1e-6, `loss ${end.loss}, in float64 ${loss}`)
  t.ok(Math.hypot(...gradient) < 5e-6, `gradient ${Math.hypot(...gradient)}`)
}
