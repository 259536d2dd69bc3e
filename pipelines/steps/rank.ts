import { consume } from '../../operators/flow/consume.js'
import { openLayer, optionsOf, poolingOf, rankedOf, rankSchema, type RankSpec } from './rankedLayer.js'
import { rankLayer } from './rankLayer.js'
import { requireSameModel } from './requireSameModel.js'
import type { StepKind } from './stepKind.js'
import { UnreadableRows } from './unreadableRows.js'

/** The tables of a ranking that is done. */
const ALWAYS = ['images', 'ranks', 'coherence'] as const

export const rankKind: StepKind<RankSpec> = {
  kind: 'rank',
  version: 3,
  tables: ['images', 'ranks', 'coherence', 'errors'],
  schema: rankSchema,
  dependsOn: async (spec, place) => {
    if ('train' in spec.model) return rankedOf(spec, place)
    const { layer, identity } = await openLayer(spec, place)
    const { pixels = false, untrained } = layer.controls ?? {}
    return {
      ...{ name: layer.model.name, weights: layer.model.weightsHash, layer: layer.layer, images: identity },
      ...{ pre: spec.pre ?? false, pool: poolingOf(layer), passes: layer.passes.map(optionsOf) },
      controls: { pixels, untrained: untrained?.weightsHash },
    }
  },
  isDone: (_, { committed }) => Promise.resolve(ALWAYS.every((table) => committed(table).length > 0)),
  async write(spec, work) {
    const { layer, noted } = await openLayer(spec, work)
    const { model } = layer
    requireSameModel(work, model, 'ranks')
    if (ALWAYS.every((table) => work.committed(table).length > 0)) return
    await work.useBackend()
    const made = await rankLayer(layer, work.run, work.effort)
    const unreadable = new UnreadableRows(work, { provenance: { images: noted } })
    await unreadable.add(made.unreadable)
    await unreadable.requireSome(noted.source, made.unreadable.length, made.ranks.length)
    await unreadable.commit()
    const options = {
      partition: { name: model.name },
      provenance: { images: noted, model: model.name, weights: model.weightsHash, layer: layer.layer },
      // what tells two runs of a layer apart beside what their rows say
      metadata: () => ({ weights: model.weightsHash, layer: layer.layer, seed: layer.passes.at(0)?.seed }),
      check: (committed: Parameters<typeof requireSameModel>[0]) =>
        requireSameModel(committed, model, 'ranks'),
    }
    const images = await work.whole('images', options)
    await consume(made.images, (batch) => images.write(batch), { signal: work.effort.signal })
    const ranks = await work.whole('ranks', options)
    for (const batch of made.ranks) await ranks.write(batch)
    await (await work.whole('coherence', options)).write(made.coherence)
  },
}
