import { requireKnown } from '../../operators/options/knownOptions.js'
import { requireText } from '../../operators/options/requireKinds.js'
import { requireImages } from './requireSpec.js'
import type { Step } from './stepKind.js'
import type { TrainSpec } from './trainSpec.js'
import { trainedName } from './trainNames.js'

/**
 * The step that trains and saves one network and writes the tables `training` and `models`; the second says that it is done.
 * A model that is lost or damaged since is trained again.
 *
 * @throws BlindspotError `bad-option` for a spec that lacks something, or with a key that there is not
 * @example
 * const images = { source: 'mnist:train', first: 1000 }
 * const spec = { architecture: 'FC10(1)', images, seed: 1, folder: 'networks/FC10(1)' }
 * await perform(await openLake('mine'), trainStep(spec))
 */
export function trainStep(spec: TrainSpec): Step<TrainSpec> {
  requireKnown<TrainSpec>('trainStep', spec, {
    ...{ architecture: true, name: true, images: true, test: true, seed: true, options: true, folder: true },
  })
  requireImages('trainStep: images', spec.images)
  requireText('trainStep: folder', spec.folder, 'the path of a folder')
  return { kind: 'train', name: `train ${trainedName(spec)}`, spec, needs: [] }
}
