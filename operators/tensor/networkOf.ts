import { graphNetwork } from './graphModel.js'
import { layersModelNetwork } from './layersModel.js'
import type { ModelFile } from './modelFile.js'
import type { Network } from './network.js'

/** The network in a model's file, on logits. */
export function networkOf(file: ModelFile): Network {
  return file.kind === 'graph' ? graphNetwork(file) : layersModelNetwork(file)
}
