import { requireKnown } from '../../options/knownOptions.js'
import { requireText } from '../../options/requireKinds.js'
import { initialWeights } from '../training/weights.js'
import { writeModelFile } from '../writeModelFile.js'
import { requirePlan, type NetworkPlan } from './plan.js'
import { preprocessOf, topologyOfPlan } from './topologyOfPlan.js'

/**
 * Writes a network with Glorot's initial weights and zero biases as a TensorFlow.js layers model, such as a control for one
 * that is trained.
 *
 * @example
 * await writeUntrained(alexnet({ classes: 10, width: 1 / 32 }), 'models/untrained', { seed: 1 })
 */
export async function writeUntrained(
  network: NetworkPlan,
  folder: string,
  options: { readonly seed?: number; readonly name?: string } = {},
): Promise<void> {
  requireKnown<{ readonly seed?: number; readonly name?: string }>('writeUntrained', options, {
    ...{ seed: true, name: true },
  })
  requirePlan('writeUntrained', network)
  requireText('writeUntrained: folder', folder, 'the path of a folder')
  const { seed = 1, name = network.name } = options
  await writeModelFile(folder, {
    ...topologyOfPlan(network, name),
    weights: pieces(network, seed),
    provenance: (weightsHash) => ({ model: name, architecture: network.name, seed, weightsHash }),
    preprocess: preprocessOf(network, name),
  })
}

// eslint-disable-next-line @typescript-eslint/require-await -- pieces as `importModel` has them, which reads
async function* pieces({ weights }: NetworkPlan, seed: number) {
  for (const [i, { view, shape }] of weights.entries()) {
    const [units, channels, height, width] = view
    if (shape.length === 1) yield new Uint8Array(4 * units)
    else {
      const { kernel } = initialWeights(seed, i, channels * height * width, units)
      yield new Uint8Array(kernel.buffer)
    }
  }
}
