import type { Network } from './network.js'
import { tf, type Tensor1D, type Tensor2D } from './tf.js'

export type DenseActivation = 'sigmoid' | 'tanh' | 'relu'

/** One step of a dense network: x·W + b, or an activation. A step that can be asked for has a name. */
export type DenseStep =
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
export function denseNetwork(inputShape: readonly number[], steps: readonly DenseStep[]): Network {
  // transposed once: wasm multiplies with a transposed operand ten times slower than without
  const transposed = steps.map((step) => (step.kind === 'linear' ? tf.keep(tf.transpose(step.kernel)) : null))
  const layers = steps.flatMap((step) => step.name ?? [])
  const stepOf = (layer: string) => steps.findIndex(({ name }) => name === layer)
  const forward = (x: Tensor2D, through = steps.length - 1): Tensor2D[] => {
    const outputs: Tensor2D[] = []
    for (const step of steps.slice(0, through + 1)) outputs.push((x = applyStep(step, x)))
    return outputs
  }
  const backward = (outputs: readonly Tensor2D[], weights: Tensor2D): Tensor2D => {
    let g = weights
    for (let i = steps.length - 1; i >= 0; i--) {
      const step = steps[i]
      const back = transposed[i]
      if (back !== null) g = tf.matMul(g, back)
      else if (step.kind === 'activation') g = tf.mul(g, slope(step.activation, outputs[i]))
    }
    return g
  }
  return {
    inputShape,
    classes: units(steps) ?? 0,
    layers,
    logits: (x) => forward(x)[steps.length - 1],
    outputs: (x) => forward(x),
    gradient(batches, weigh) {
      const outputs = batches.map((x) => forward(x))
      const weights = weigh(outputs.map((of) => of[steps.length - 1]))
      return outputs.map((of, i) => backward(of, weights[i]))
    },
    layerShape: (layer) => [units(steps.slice(0, stepOf(layer) + 1)) ?? sizeOf(inputShape)],
    hasPre: (layer) => steps[stepOf(layer)].kind === 'activation',
    increasing(layer) {
      const step = steps[stepOf(layer)]
      return step.kind === 'activation' && step.activation !== 'relu'
    },
    activations(layer, x, pre) {
      const step = stepOf(layer)
      const through = pre && steps[step].kind === 'activation' ? step - 1 : step
      return forward(x, through).at(-1) ?? x
    },
    dispose() {
      for (const step of steps) if (step.kind === 'linear') tf.dispose([step.kernel, step.bias])
      tf.dispose(transposed.filter((t) => t !== null))
    },
  }
}

/** Width of the last linear step. */
function units(steps: readonly DenseStep[]): number | undefined {
  return steps.findLast((step) => step.kind === 'linear')?.kernel.shape[1]
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1)

function applyStep(step: DenseStep, x: Tensor2D): Tensor2D {
  if (step.kind === 'activation') return activate(step.activation, x)
  // native TensorFlow has no fused operation: there it is three reshapes more, a fifth of a batch's time
  if (tf.getBackend() === 'tensorflow') return tf.add(tf.matMul(x, step.kernel), step.bias)
  return tf.fused.matMul({ a: x, b: step.kernel, bias: step.bias }) as Tensor2D
}

/** The activation of x. */
export function activate(activation: DenseActivation, x: Tensor2D): Tensor2D {
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
export function slope(activation: DenseActivation, a: Tensor2D): Tensor2D {
  switch (activation) {
    case 'sigmoid':
      return tf.mul(a, tf.sub(1, a))
    case 'tanh':
      return tf.sub(1, tf.square(a))
    case 'relu':
      return tf.step(a)
  }
}
