import type { Network } from './network.js'
import { tf, type Tensor, type Tensor1D, type Tensor2D } from './tf.js'
import { sizeFromShape } from '../classifier/sizeFromShape.js'

export type DenseActivation = 'sigmoid' | 'tanh' | 'relu'

/** One operation of a dense network: x·W + b, or an activation; it has a name where its values can be asked for. */
export type DenseOperation =
  | {
      readonly kind: 'linear'
      readonly name?: string
      /** [inputs × units] */
      readonly kernel: Tensor2D
      /** [units] */
      readonly bias: Tensor1D
    }
  | { readonly kind: 'activation'; readonly name?: string; readonly activation: DenseActivation }

/**
 * A chain of dense layers with its backward pass written out: half the time of `tf.grad` on networks of
 * this size. It owns the tensors that it is given.
 */
export function denseNetwork(inputShape: readonly number[], operations: readonly DenseOperation[]): Network {
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
      else if (operation.kind === 'activation') g = tf.mul(g, slope(operation.activation, outputs[i]))
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
      return operation.kind === 'activation' && operation.activation !== 'relu'
    },
    activations(layer, x, pre) {
      const at = positionOf(layer)
      const through = pre && operations[at].kind === 'activation' ? at - 1 : at
      return forward(x, through).at(-1) ?? x
    },
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
  if (operation.kind === 'activation') return activate(operation.activation, x)
  // native TensorFlow has no fused operation: there it is three reshapes more, a fifth of a batch's time
  if (tf.getBackend() === 'tensorflow') return tf.add(tf.matMul(x, operation.kernel), operation.bias)
  return tf.fused.matMul({ a: x, b: operation.kernel, bias: operation.bias }) as Tensor2D
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
