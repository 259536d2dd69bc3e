import { consume } from '../../operators/flow/consume.js'
import type { Classifier } from '../../operators/classifier.js'
import type { SearchStep } from '../../operators/records/search.js'
import { searchPath } from '../../operators/searchPath.js'
import { ATTACK, attackRun } from './attack.js'
import type { Experiment, ExperimentImages } from '../paperSteps.js'
import { identity } from '../../operators/records/identity.js'
import { takeRight } from '../../operators/takeRight.js'

/**
 * Writes the path of one search on c, of the first image that a network gets right and its random target, to the table
 * `searches` of a data set, unless it is there. The search is that of the network's first success in `examples`.
 */
export async function searchPathInto(
  { lake, seed, provenance, signal }: Experiment,
  model: Classifier,
  images: ExperimentImages,
): Promise<void> {
  const options = { goal: 'random', seed } as const
  const what = {
    searchPath: 2,
    attack: ATTACK,
    weights: model.weightsHash,
    selection: images.selection,
    options,
  }
  const step = identity(what)
  if (lake.files({ table: 'searches', step }).length > 0) return
  // the rows say whose search it is
  const run = attackRun({ model, selection: images.selection, options })
  const steps: SearchStep[] = []
  const path = images.open().pipe(takeRight(model, 1), searchPath(model, { ...options, run }))
  await consume(path, (some) => void steps.push(...some), { signal })
  const writer = lake.writer('searches', {
    step,
    partition: { source: model.name },
    provenance: { ...provenance, ...what, sourceModel: model.name },
  })
  await writer.write(steps)
  await writer.close()
}
