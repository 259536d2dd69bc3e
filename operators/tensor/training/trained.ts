import { createHash } from 'node:crypto'
import type { Architecture } from '../../architecture.js'
import type { Classifier } from '../../classifier.js'
import type { ImageShape } from '../../records/image.js'
import { classifierOf } from '../classifier.js'
import { layersModelNetwork } from '../layersModel.js'
import { definitionOf } from '../model/definition.js'
import { graphOf } from '../model/graph.js'
import type { Preparation } from '../model/preprocess.js'
import { parseTopology } from '../model/topology.js'
import type { Json } from '../modelFile.js'
import { writeModelFile } from '../writeModelFile.js'
import { topologyOf, type Topology } from './topology.js'
import type { LayerWeights } from './weights.js'

/** A trained network, on its way to a classifier and to disk. */
export class Trained {
  /** SHA-256 of the weights' bytes. */
  readonly weightsHash: string
  private readonly bytes: Uint8Array<ArrayBuffer>
  private readonly model: Topology

  constructor(
    readonly name: string,
    architecture: Architecture,
    shape: ImageShape,
    layers: readonly LayerWeights[],
  ) {
    this.model = topologyOf(name, architecture, shape, layers)
    this.bytes = joined(layers.flatMap(({ kernel, bias }) => [kernel, bias]))
    this.weightsHash = createHash('sha256').update(this.bytes).digest('hex')
  }

  /** The classifier that `loadClassifier` makes of what is saved, with a preprocess.json that says the preparation. */
  classifier(preparation?: Preparation): Classifier {
    const { topology, specs } = this.model
    const graph = graphOf(definitionOf(...parseTopology(topology)))
    const file = { file: this.name, graph, specs: [...specs], weights: this.bytes, inOrder: true }
    return classifierOf(this.name, this.weightsHash, layersModelNetwork(file, preparation))
  }

  /** Writes the network as a layers model, with its provenance. */
  save(folder: string, provenance: Json): Promise<void> {
    return writeModelFile(folder, { ...this.model, weights: this.bytes, provenance })
  }
}

function joined(arrays: readonly Float32Array[]): Uint8Array<ArrayBuffer> {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const array of arrays) {
    all.set(array, at)
    at += array.length
  }
  return new Uint8Array(all.buffer)
}
