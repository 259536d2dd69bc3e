import { unexpected } from '../../options/unexpected.js'
import type { Json } from '../modelFile.js'
import { sizeFromShape } from '../../classifier/sizeFromShape.js'

/** A network as plain data: the layers of a TensorFlow.js layers model, and where their weights are in a PyTorch file. */
export interface NetworkPlan {
  readonly name: string
  /** Height, width and channels of an input. */
  readonly inputShape: readonly [height: number, width: number, channels: number]
  readonly classes: number
  /** Keras' layers, a chain. */
  readonly layers: readonly Json[]
  /** Weights in the order of the layers. */
  readonly weights: readonly WeightPlan[]
}

/** A weight of a network: its name and shape in a layers model and in a PyTorch file. */
export interface WeightPlan {
  /** Such as `conv1/kernel`. */
  readonly name: string
  readonly shape: readonly number[]
  /** Name in a PyTorch file, such as `features.0.weight`. */
  readonly source: string
  /** Shape in a PyTorch file, filters or units first. */
  readonly sourceShape: readonly number[]
  /**
   * The source's numbers as [units, channels, height, width]; the weight has them as [height, width, channels, units]. The
   * first dense layer's inputs, too, are channels of 6×6 places, which PyTorch flattens channel by channel.
   */
  readonly view: readonly [units: number, channels: number, height: number, width: number]
}

/**
 * Checks that something is a network as plain data.
 *
 * @throws BlindspotError `bad-option`
 */
export function requirePlan(of: string, given: unknown): void {
  const { name, layers, weights } = Object(given) as Partial<Record<keyof NetworkPlan, unknown>>
  if (typeof name === 'string' && Array.isArray(layers) && Array.isArray(weights)) return
  throw unexpected(`${of}: network`, 'one, such as alexnet()', given)
}

/** Number of weights. */
export const parametersOf = ({ weights }: NetworkPlan): number =>
  weights.reduce((sum, { shape }) => sum + sizeFromShape(shape), 0)
