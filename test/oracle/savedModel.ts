import type { Json } from '../../operators/tensor/modelFile.js'
import { writeModelFile } from '../../operators/tensor/writeModelFile.js'
import type { LayersModel } from '../../operators/tensor/tf.js'

/** Writes a layers model to a folder, its topology as TensorFlow.js has it or as `change` leaves it. */
export async function saveModel(
  folder: string,
  model: LayersModel,
  change?: (topology: Json) => void,
): Promise<string> {
  await model.save({
    save: async ({ modelTopology, weightSpecs = [], weightData }) => {
      const topology = modelTopology as unknown as Json
      change?.(topology)
      await writeModelFile(folder, {
        topology,
        specs: weightSpecs,
        weights: new Uint8Array(weightData as ArrayBuffer),
        provenance: {},
      })
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
    },
  })
  return folder
}
