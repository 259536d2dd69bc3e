import { BlindspotError } from '../../operators/errors.js'
import { consume } from '../../operators/flow/consume.js'
import type { Solve } from '../../operators/records/search.js'
import { searchPath } from '../../operators/searchPath.js'
import { takeRight } from '../../operators/takeRight.js'
import { attackIdentity, attackOptionsOf } from './attackSpec.js'
import { openImages } from './images.js'
import { requireSameModel } from './requireSameModel.js'
import { searchPathSchema, type SearchPathSpec } from './searchPathSpec.js'
import { identityOf, type StepKind } from './stepKind.js'

export const searchPathKind: StepKind<SearchPathSpec> = {
  kind: 'searchPath',
  version: 3,
  tables: ['searches'],
  schema: searchPathSchema,
  async dependsOn({ attack }, place) {
    const { method = 'l-bfgs' } = attack
    if (method !== 'l-bfgs')
      throw new BlindspotError(
        'bad-option',
        `searchPath: attack: expected method l-bfgs, the one that searches on c, got ${method}`,
      )
    return { attack: await identityOf(attackIdentity, attack, place) }
  },
  isDone: (_, { committed }) => Promise.resolve(committed('searches').length > 0),
  async write({ attack }, work) {
    const { name, weightsHash } = await work.models.reference(attack.model)
    requireSameModel(work, { name, weightsHash }, 'searches')
    if (work.committed('searches').length > 0) return
    await work.useBackend()
    const model = await work.models.classifier(attack.model)
    const images = await openImages(attack.images, work.models, model.framing)
    const options = {
      ...(await attackOptionsOf(attack, work)),
      run: await identityOf(attackIdentity, attack, work),
    }
    const solves: Solve[] = []
    const path = images.between(0).pipe(takeRight(model, 1), searchPath(model, options))
    await consume(path, (some) => void solves.push(...some), { signal: work.effort.signal })
    const rows = await work.whole('searches', {
      partition: { source: model.name },
      provenance: { sourceModel: model.name, images: images.noted },
      metadata: () => ({ weights: weightsHash }),
      check: (committed) => requireSameModel(committed, { name, weightsHash }, 'searches'),
    })
    await rows.write(solves)
  },
}
