import type { Network } from './network.js'
import { reluGradient } from './reluGradient.js'
import { tf, type Tensor, type Tensor1D, type Tensor2D } from './tf.js'
import { sizeFromShape } from '../classifier/sizeFromShape.js'

/** Activation functions of dense chains. The derivative of each follows from its value. */
export const DENSE_ACTIVATIONS = [
  ...(['sigmoid', 'tanh', 'relu'] as const),
  ...(['relu6', 'leakyRelu', 'elu', 'selu', 'softplus'] as const),
] as const
/** One of those that networks of ours are trained with. */
export type DenseActivation = 'sigmoid' | 'tanh' | 'relu'

/** x·W + b; it has a name where its values can be asked for. */
export interface LinearOperation {
  readonly kind: 'linear'
  readonly name?: string
  /** [inputs × units] */
  readonly kernel: Tensor2D
  /** [units] */
  readonly bias: Tensor1D
}

/** An activation function. */
export interface ActivationOperation {
  readonly kind: 'activation'
  readonly name?: string
  readonly activation: (typeof DENSE_ACTIVATIONS)[number]
  /** Slope of a `leakyRelu` below 0, over 0. */
  readonly alpha?: number
}

/** One operation of a dense network. */
export type DenseOperation = LinearOperation | ActivationOperation

/** A network whose operations' values can be asked for by their places. */
export interface DenseNetwork extends Network {
  /** [n × values] that an operation gives; -1: x. */
  valuesAt(position: number, x: Tensor2D): Tensor2D
}

/**
 * A chain of dense layers with its backward pass written out: half the time of `tf.grad` on networks of
 * this size. It owns the tensors that it is given.
 */
export function denseNetwork(
  inputShape: readonly number[],
  operations: readonly DenseOperation[],
): DenseNetwork {
  // transposed once: wasm multiplies with a transposed operand ten times slower than without
  const transposed = operations.map((operation) =>
    operation.kind === 'linear' ? tf.keep(tf.transpose(operation.kernel)) : null,
  )
  const layers = operations.flatMap((operation) => operation.name ?? [])
  const positionOf = (layer: string) => operations.findIndex(({ name }) => name === layer)
  const forward = (x: Tensor2D, through = operations.length - 1): Tensor2D[] => {
    const outputs: Tensor2D[] = []
    for (const operation of operations.slice(0, through + 1)) outputs.push((x = applied(operation, x)))
    return outputs
  }
  const backward = (outputs: readonly Tensor2D[], weights: Tensor2D): Tensor2D => {
    let g = weights
    for (let i = operations.length - 1; i >= 0; i--) {
      const operation = operations[i]
      const back = transposed[i]
      if (back !== null) g = tf.matMul(g, back)
      else if (operation.kind === 'activation') g = gradientOf(operation, outputs[i], g)
    }
    return g
  }
  return {
    inputShape,
    classes: units(operations) ?? 0,
    layers,
    logits: (x) => forward(x)[operations.length - 1],
    outputs: (x) => forward(x),
    gradient(batches, weigh) {
      const outputs = batches.map((x) => forward(x))
      const weights = weigh(outputs.map((of) => of[operations.length - 1]))
      return outputs.map((of, i) => backward(of, weights[i]))
    },
    layerShape: (layer) => [units(operations.slice(0, positionOf(layer) + 1)) ?? sizeFromShape(inputShape)],
    hasPre: (layer) => operations[positionOf(layer)].kind === 'activation',
    increasing(layer) {
      const operation = operations[positionOf(layer)]
      return operation.kind === 'activation' && !FLAT.has(operation.activation)
    },
    activations(layer, x, pre) {
      const at = positionOf(layer)
      return this.valuesAt(pre && operations[at].kind === 'activation' ? at - 1 : at, x)
    },
    valuesAt: (position, x) => forward(x, position).at(-1) ?? x,
    dispose() {
      for (const operation of operations)
        if (operation.kind === 'linear') tf.dispose([operation.kernel, operation.bias])
      tf.dispose(transposed.filter((t) => t !== null))
    },
  }
}

/** Width of the last linear operation. */
function units(operations: readonly DenseOperation[]): number | undefined {
  return operations.findLast((operation) => operation.kind === 'linear')?.kernel.shape[1]
}

function applied(operation: DenseOperation, x: Tensor2D): Tensor2D {
  if (operation.kind === 'activation') return activated(operation, x)
  // native TensorFlow has no fused operation: there it is three reshapes more, a fifth of a batch's time
  if (tf.getBackend() === 'tensorflow') return tf.add(tf.matMul(x, operation.kernel), operation.bias)
  return tf.fused.matMul({ a: x, b: operation.kernel, bias: operation.bias }) as Tensor2D
}

/** Activation functions that are flat somewhere. */
const FLAT: ReadonlySet<string> = new Set(['relu', 'relu6'])

/** What selu multiplies by, and below 0 besides. */
const SELU = { scale: 1.0507009873554805, alpha: 1.6732632423543772 }

function activated({ activation, alpha }: ActivationOperation, x: Tensor2D): Tensor2D {
  switch (activation) {
    case 'relu6':
      return tf.relu6(x)
    case 'leakyRelu':
      return tf.leakyRelu(x, alpha)
    case 'elu':
      return tf.elu(x)
    case 'selu':
      return tf.selu(x)
    case 'softplus':
      return tf.softplus(x)
    default:
      return activate(activation, x)
  }
}

/** g times the derivative of an activation function, from its value a: no second pass through the input. */
function gradientOf({ activation, alpha }: ActivationOperation, a: Tensor2D, g: Tensor2D): Tensor2D {
  switch (activation) {
    case 'relu':
      return reluGradient(g, a)
    case 'relu6':
      return tf.mul(reluGradient(g, a), tf.step(tf.sub(6, a)))
    case 'leakyRelu':
      return tf.mul(g, tf.step(a, alpha))
    case 'elu':
      return tf.mul(g, tf.add(tf.minimum(a, 0), 1))
    case 'selu':
      return tf.mul(g, tf.add(tf.minimum(a, 0), tf.mul(SELU.scale, tf.step(a, SELU.alpha))))
    case 'softplus':
      return tf.mul(g, tf.sub(1, tf.exp(tf.neg(a))))
    default:
      return tf.mul(g, slope(activation, a))
  }
}

/** The activation of x. */
export function activate<T extends Tensor>(activation: DenseActivation, x: T): T {
  switch (activation) {
    case 'sigmoid':
      return tf.sigmoid(x)
    case 'tanh':
      return tf.tanh(x)
    case 'relu':
      return tf.relu(x)
  }
}

/** Derivative of an activation, from its value a: no second pass through the input. */
export function slope<T extends Tensor>(activation: DenseActivation, a: T): T {
  switch (activation) {
    case 'sigmoid':
      return tf.mul(a, tf.sub(1, a))
    case 'tanh':
      return tf.sub(1, tf.square(a))
    case 'relu':
      return tf.step(a)
  }
}
