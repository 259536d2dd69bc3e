import { graphNetwork } from './graphModel.js'
import { layersModelNetwork } from './layersModel.js'
import type { ModelFile } from './modelFile.js'
import type { Network } from './network.js'
import { prepared } from './prepared.js'

/** The network in a model's file, on logits, and on images of pixels from 0 to 1. */
export function networkOf(file: ModelFile): Network {
  const { preparation } = file
  return file.kind === 'graph'
    ? prepared(graphNetwork(file), preparation)
    : layersModelNetwork(file, preparation)
}
