import type { Classifier, LossGradient } from '../classifier.js'
import { BlindspotError } from '../errors.js'
import { crossEntropy } from './crossEntropy.js'
import { reason } from './modelFile.js'
import type { Network } from './network.js'
import { tf, type Tensor2D } from './tf.js'

/** The classifier that a network is; it owns the network. */
export function classifierOf(name: string, weightsHash: string, network: Network): Classifier {
  const { inputShape, classes, layers } = network
  const values = inputShape.reduce((product, size) => product * size, 1)
  let disposed = false

  function rowsOf(pixels: Float32Array): number {
    if (disposed) throw new BlindspotError('bad-option', `${name} was disposed of and cannot be used`)
    const rows = pixels.length / values
    if (Number.isInteger(rows)) return rows
    throw new BlindspotError(
      'bad-data',
      `${name}: ${pixels.length} pixel values are no multiple of ${values}, the size of one input [${inputShape.join(', ')}]`,
    )
  }

  /** The first `rows` rows of f(x), read after `tidy` (which would walk a typed array value by value). */
  function evaluate(pixels: Float32Array, rows: number, f: (x: Tensor2D) => Tensor2D): Float32Array {
    if (rows === 0) return new Float32Array(0)
    const y = run(() => f(tf.tensor2d(filled(pixels, rows), [network.rows(rows), values])))
    try {
      const all = y.dataSync<'float32'>()
      return y.shape[0] === rows ? all : all.slice(0, rows * y.shape[1])
    } finally {
      y.dispose()
    }
  }

  function run(f: () => Tensor2D): Tensor2D {
    try {
      return tf.tidy(f)
    } catch (cause) {
      const lacking = /Kernel '(\w+)' not registered for backend '(\w+)'/.exec(reason(cause))
      if (lacking === null) throw cause
      throw new BlindspotError(
        'backend',
        `${name}: needs the operation ${lacking[1]}, which the backend ${lacking[2]} lacks; use the native backend (\`blindspot setup\`) or cpu`,
        { cause },
      )
    }
  }

  function filled(pixels: Float32Array, rows: number): Float32Array {
    const all = network.rows(rows)
    if (all === rows) return pixels
    const full = new Float32Array(all * values)
    full.set(pixels)
    return full
  }

  function requireLayer(layer: string): void {
    if (layers.includes(layer)) return
    throw new BlindspotError(
      'bad-option',
      `${name} has no layer "${layer}"; its layers are ${layers.join(', ')}`,
    )
  }

  function logitGradient(pixels: Float32Array, weigh: (logits: Float32Array) => Float32Array): LossGradient {
    const rows = rowsOf(pixels)
    let logits = new Float32Array(0)
    const gradient = evaluate(pixels, rows, (x) =>
      network.gradient(x, (z) => {
        const all = z.dataSync<'float32'>()
        logits = all.slice(0, rows * classes)
        const weights = new Float32Array(all.length)
        weights.set(weigh(logits))
        return tf.tensor2d(weights, [z.shape[0], classes])
      }),
    )
    return { logits, gradient }
  }

  return {
    name,
    inputShape,
    classes,
    box: [0, 1],
    layers,
    weightsHash,
    logits: (pixels) => evaluate(pixels, rowsOf(pixels), (x) => network.logits(x)),
    lossGradient(pixels, targets) {
      checkTargets(name, targets, rowsOf(pixels), classes)
      return logitGradient(pixels, (logits) => crossEntropy(logits, targets, classes).gradient)
    },
    logitGradient,
    layerShape(layer) {
      requireLayer(layer)
      return network.layerShape(layer)
    },
    activations(layer, pixels, { pre = false } = {}) {
      const rows = rowsOf(pixels)
      requireLayer(layer)
      if (pre && !network.hasPre(layer))
        throw new BlindspotError(
          'bad-option',
          `${name}: layer "${layer}" has no activation function to stand before; leave out pre`,
        )
      return evaluate(pixels, rows, (x) => network.activations(layer, x, pre))
    },
    dispose() {
      if (!disposed) network.dispose()
      disposed = true
    },
  }
}

function checkTargets(name: string, targets: Int32Array, rows: number, classes: number): void {
  if (targets.length !== rows) {
    throw new BlindspotError(
      'bad-data',
      `${name}: ${rows} images came with ${targets.length} targets; one each is expected`,
    )
  }
  const wrong = targets.findIndex((target) => target < 0 || target >= classes)
  if (wrong < 0) return
  throw new BlindspotError(
    'bad-data',
    `${name}: target ${targets[wrong]} of image ${wrong} in the batch is not a class from 0 to ${classes - 1}`,
  )
}
