import type { Classifier, LossGradient } from '../classifier.js'
import type { Framing } from '../classifier/framing.js'
import { BlindspotError } from '../errors.js'
import { reason } from './modelFile.js'
import type { Network } from './network.js'
import { SteadyBatches, type Piece } from './steadyBatches.js'
import { tf, type Tensor2D } from './tf.js'
import { sizeFromShape } from '../classifier/sizeFromShape.js'

/** The classifier that a network is; it owns the network. */
export function classifierOf(
  name: string,
  weightsHash: string,
  network: Network,
  framing?: Framing,
): Classifier {
  const { inputShape, classes, layers } = network
  const values = sizeFromShape(inputShape)
  const steady = new SteadyBatches(network)
  let disposed = false
  /** Errors that a caller's function threw within an evaluation, which are not the network's fault. */
  let callers: { readonly error: unknown } | undefined

  function rowsOf(pixels: Float32Array): number {
    if (disposed) throw new BlindspotError('bad-option', `${name} was disposed of and cannot be used`)
    const rows = pixels.length / values
    if (Number.isInteger(rows)) return rows
    throw new BlindspotError(
      'bad-data',
      `${name}: expected a multiple of ${values} pixel values, the size of one input [${inputShape.join(', ')}], got ${pixels.length}`,
    )
  }

  /**
   * f of each piece of a batch, in the pieces' order; read after `tidy`, which would walk a typed array value by
   * value.
   */
  function inPieces(
    pixels: Float32Array,
    rows: number,
    f: (pieces: readonly Tensor2D[], cut: readonly Piece[]) => Tensor2D[],
  ): Float32Array {
    if (rows === 0) return new Float32Array(0)
    const pieces = guarded(() => steady.pieces(rows))
    const results = guarded(() =>
      tf.tidy(() =>
        f(
          pieces.map((piece) => tf.tensor2d(filled(pixels, piece), [piece.size, values])),
          pieces,
        ),
      ),
    )
    try {
      return joined(results, pieces, rows)
    } finally {
      tf.dispose(results)
    }
  }

  function guarded<T>(f: () => T): T {
    try {
      return f()
    } catch (cause) {
      throw cause instanceof BlindspotError || cause === callers?.error ? cause : failed(name, cause)
    }
  }

  function weighed(weigh: () => Float32Array): Float32Array {
    try {
      return weigh()
    } catch (error) {
      callers = { error }
      throw error
    }
  }

  function filled(pixels: Float32Array, { from, rows, size }: Piece): Float32Array {
    const own = pixels.subarray(from * values, (from + rows) * values)
    if (rows === size) return own
    const full = new Float32Array(size * values)
    full.set(own)
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
    let logits: Float32Array = new Float32Array(0)
    const gradient = inPieces(pixels, rows, (batches, pieces) =>
      network.gradient(batches, (z) => {
        logits = joined(z, pieces, rows)
        const weights = weighed(() => weigh(logits))
        return pieces.map(({ from, rows: own, size }) => {
          const full = new Float32Array(size * classes)
          full.set(weights.subarray(from * classes, (from + own) * classes))
          return tf.tensor2d(full, [size, classes])
        })
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
    framing,
    logits: (pixels) => inPieces(pixels, rowsOf(pixels), (pieces) => pieces.map((x) => network.logits(x))),
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
      return inPieces(pixels, rows, (pieces) => pieces.map((x) => network.activations(layer, x, pre)))
    },
    increasing(layer) {
      requireLayer(layer)
      return network.hasPre(layer) && network.increasing(layer)
    },
    dispose() {
      if (!disposed) network.dispose()
      disposed = true
    },
  }
}

/** The error of a network that TensorFlow.js cannot evaluate, in words that say what to do. */
function failed(name: string, cause: unknown): BlindspotError {
  const text = reason(cause)
  const kernel = /Kernel '(\w+)' not registered for backend '(\w+)'/.exec(text)
  if (kernel !== null)
    return new BlindspotError(
      'backend',
      `${name}: needs the operation ${kernel[1]}, which the backend ${kernel[2]} lacks; use the native backend (\`blindspot setup\`) or cpu`,
      { cause },
    )
  // the second of whole numbers, as an embedding takes
  const slope =
    /gradient function not found for (?<op>\w+)/.exec(text) ??
    /gradient for op (?<op>\w+)\. The gradient of input \w+ must have 'float32' dtype/.exec(text)
  return new BlindspotError(
    'bad-model',
    slope === null
      ? `${name}: TensorFlow.js cannot compute it (${text})`
      : `${name}: TensorFlow.js has no gradient of its operation ${slope.groups?.['op']}, so that it can be evaluated and scored, but not attacked`,
    { cause },
  )
}

/** The rows of a batch from those of its pieces. */
function joined(results: readonly Tensor2D[], pieces: readonly Piece[], rows: number): Float32Array {
  const width = results[0].shape[1]
  if (pieces.length === 1 && pieces[0].size === rows) return results[0].dataSync<'float32'>()
  const all = new Float32Array(rows * width)
  for (const [i, piece] of pieces.entries())
    all.set(results[i].dataSync<'float32'>().subarray(0, piece.rows * width), piece.from * width)
  return all
}
