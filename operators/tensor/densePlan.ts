import { DENSE_ACTIVATIONS, type ActivationOperation, type DenseOperation } from './dense.js'
import type { FoldedModel } from './folding/folded.js'
import { isLinear } from './folding/kernels.js'
import { isPassing } from './folding/passing.js'
import { tf, type Layer, type SymbolicTensor, type Tensor1D, type Tensor2D } from './tf.js'

/** A folded model as a chain of dense layers and activation functions. */
export interface DensePlan {
  /** The operations, with tensors of their own. */
  readonly make: () => DenseOperation[]
  /** Which operation gives a tensor of the model; -1: the input itself. */
  readonly positions: ReadonlyMap<SymbolicTensor, number>
}

/** A folded model as a chain of dense layers, or why it is none: the first layer that does not fit. */
export function densePlan({ input, output, steps }: FoldedModel): DensePlan | string {
  const plans: (() => DenseOperation)[] = []
  const positions = new Map([[input, -1]])
  let at = input
  let flat = input.shape.length === 2
  let dense = false
  const other = steps.find(({ layer }) => isLinear(layer) && layer.getClassName() !== 'Dense')
  if (other) return `it has a layer of class ${other.layer.getClassName()}`
  for (const step of steps) {
    const { layer, inputs, outputs } = step
    const shown = `a layer of class ${layer.getClassName()}`
    if (inputs.length !== 1 || inputs[0] !== at || outputs.length !== 1)
      return `${shown} does not follow the one before it alone`
    at = outputs[0]
    const activation = activationOf(layer)
    switch (layer.getClassName()) {
      case 'Flatten':
        if (!flat && layer.getConfig()['dataFormat'] === 'channelsFirst')
          return `${shown} has the channels first`
        flat = true
        break
      case 'Dense':
        if (!flat) return `${shown} takes images that are not flat`
        if (activation === undefined) return unknown(layer)
        dense = true
        plans.push(() => linear(layer))
        break
      default:
        if (isPassing(layer)) break
        if (activation === undefined) return unknown(layer)
    }
    if (activation && activation !== 'linear') plans.push(() => ({ kind: 'activation', ...activation }))
    positions.set(at, plans.length - 1)
  }
  if (at !== output || !dense) return 'it has no dense layer'
  return { make: () => plans.map((make) => make()), positions }
}

function unknown(layer: Layer): string {
  const { activation } = layer.getConfig()
  const own = typeof activation === 'string' && activation !== 'linear' ? ` with ${activation}` : ''
  return `a layer of class ${layer.getClassName()}${own} is none of those that are written out`
}

/** The function that a layer ends with or is; undefined for one that has no written-out form. */
function activationOf(layer: Layer): Omit<ActivationOperation, 'kind'> | 'linear' | undefined {
  const { activation, alpha, maxValue } = layer.getConfig()
  switch (layer.getClassName()) {
    case 'Dense':
    case 'Activation': {
      if (activation === 'linear') return 'linear'
      const known = DENSE_ACTIVATIONS.find((name) => name === activation && name !== 'leakyRelu')
      return known && { activation: known }
    }
    case 'ReLU':
      if (maxValue === 6) return { activation: 'relu6' }
      return Number.isFinite(Number(maxValue ?? NaN)) ? undefined : { activation: 'relu' }
    case 'LeakyReLU':
      return Number(alpha) > 0 ? { activation: 'leakyRelu', alpha: Number(alpha) } : undefined
    case 'ELU':
      return Number(alpha ?? 1) === 1 ? { activation: 'elu' } : undefined
    default:
      return undefined
  }
}

/** A dense layer without its activation function. */
function linear(layer: Layer): DenseOperation {
  const [kernel, bias] = layer.getWeights() as [Tensor2D, Tensor1D | undefined]
  return {
    kind: 'linear',
    kernel: tf.keep(kernel.clone()),
    bias: tf.keep(bias?.clone() ?? tf.zeros<tf.Rank.R1>([kernel.shape[1]])),
  }
}
