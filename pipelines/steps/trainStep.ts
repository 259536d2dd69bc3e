import type { Step } from './stepKind.js'
import type { TrainSpec } from './trainSpec.js'
import { trainedName } from './trainNames.js'

/**
 * The step that trains and saves one network and writes the tables `training` and `models`; the second says that it is done.
 * A model that is lost or damaged since is trained again.
 *
 * @example
 * const images = { source: 'mnist:train', first: 1000 }
 * const spec = { architecture: 'FC10(1)', images, seed: 1, folder: 'networks/FC10(1)' }
 * await perform(await openLake('mine'), trainStep(spec))
 */
export function trainStep(spec: TrainSpec): Step<TrainSpec> {
  return { kind: 'train', name: `train ${trainedName(spec)}`, spec, needs: [] }
}
