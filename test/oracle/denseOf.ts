import type { Activation } from '../../operators/architecture.js'
import { Trained } from '../../operators/tensor/training/trained.js'
import type { LayerWeights } from '../../operators/tensor/training/weights.js'

/** A dense network of given weights. */
export function denseOf(name: string, activation: Activation, layers: readonly LayerWeights[]): Trained {
  const units = layers.map((layer) => layer.units)
  const architecture = { kind: 'FC', units, activation, lambda: units.map(() => 0) } as const
  return new Trained(name, architecture, [1, layers[0].inputs, 1], layers)
}
