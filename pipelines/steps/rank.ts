import { resolve } from 'node:path'
import { concatMap, EMPTY, from, of, type Observable } from 'rxjs'
import * as v from 'valibot'
import { layoutOf } from '../../operators/activations.js'
import { coherence } from '../../operators/coherence.js'
import type { Classifier } from '../../operators/classifier.js'
import { BlindspotError } from '../../operators/errors.js'
import { consume } from '../../operators/flow/consume.js'
import { progress } from '../../operators/flow/progress.js'
import { rank, type RankOptions } from '../../operators/rank.js'
import { BASES, countOf, type BasisName, type DirectionMatrix } from '../../operators/ranking/basis.js'
import { hashed } from '../../operators/ranking/settings.js'
import { POOLINGS } from '../../operators/records/activation.js'
import { ENDS, type Coherence } from '../../operators/records/coherence.js'
import { pickRows, sampleKey, type ImageBatch } from '../../operators/records/image.js'
import type { RankBatch } from '../../operators/records/rank.js'
import { untrainedClassifier } from '../../operators/tensor/training/untrained.js'
import { readDirections } from '../../sources/directions.js'
import { SHOWN_IMAGES, shownBases, shownDirections } from '../../operators/ranking/shownDirections.js'
import { imagesSchema, openImages } from './images.js'
import { modelSchema } from './models.js'
import { seedSchema, wholeFrom1 } from './numbers.js'
import { rankPasses, type RankedLayer } from './rankPasses.js'
import { requireSameModel } from './requireSameModel.js'
import type { Effort, Place, Step, StepKind } from './stepKind.js'

const pass = v.strictObject({
  /** Bases by name, and Parquet or Arrow files of directions; absolute, or relative to the data set. */
  basis: v.pipe(v.array(v.string()), v.minLength(1)),
  count: v.optional(wholeFrom1),
  top: v.optional(wholeFrom1),
  seed: v.optional(seedSchema),
  center: v.optional(v.boolean()),
  control: v.optional(v.boolean()),
})

const schema = v.strictObject({
  model: modelSchema,
  layer: v.string(),
  images: imagesSchema,
  /** Whether values are those before the layer's activation function. Default false. */
  pre: v.optional(v.boolean()),
  pool: v.optional(v.picklist(POOLINGS)),
  /** Passes over all images, all into the same run. */
  passes: v.pipe(v.array(pass), v.minLength(1)),
  controls: v.optional(
    v.strictObject({
      /** Whether to rank along Gaussian directions of the images' own pixels, too. */
      pixels: v.optional(v.boolean()),
      /**
       * Whether to rank the same layer before the training, too; `known`: where the model tells how it began.
       * Default: without.
       */
      untrained: v.optional(v.union([v.boolean(), v.literal('known')])),
    }),
  ),
})

/** A ranking: a layer, the images and the directions. */
export type RankSpec = v.InferOutput<typeof schema>

/**
 * The step that ranks images along the directions of a layer and writes the tables `ranks` and `coherence`, and to `images`
 * those that figures show.
 *
 * @example
 * const passes = [{ basis: ['unit', 'gaussian'] }]
 * await perform(lake, rankStep({ model: { path: 'model' }, layer: 'hidden1', images: { source: 'mnist:test' }, passes }))
 */
export function rankStep(spec: RankSpec, needs: readonly string[] = []): Step<RankSpec> {
  return { kind: 'rank', name: `rank ${spec.model.name ?? spec.model.path} ${spec.layer}`, spec, needs }
}

export const rankKind: StepKind<RankSpec> = {
  kind: 'rank',
  version: 3,
  tables: ['images', 'ranks', 'coherence'],
  schema,
  dependsOn: async (spec, place) => {
    const { layer, identity, untrained } = await layerOf(spec, place)
    try {
      return {
        ...{ name: layer.model.name, weights: layer.model.weightsHash, layer: layer.layer, images: identity },
        ...{ pre: spec.pre ?? false, pool: poolingOf(layer), passes: layer.passes.map(optionsOf) },
        controls: { pixels: spec.controls?.pixels ?? false, untrained: untrained?.weightsHash },
      }
    } finally {
      untrained?.dispose()
    }
  },
  async write(spec, work) {
    const { layer, untrained, noted } = await layerOf(spec, work)
    try {
      const { model } = layer
      requireSameModel(work, model, 'ranks')
      if (rankKind.tables.every((table) => work.committed(table).length > 0)) return
      const made = await rankLayer(layer, work.id, work.effort)
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
    } finally {
      untrained?.dispose()
    }
  },
}

/** Images of a layer to be ranked. */
export interface RankWork extends RankedLayer {
  readonly images: () => Observable<ImageBatch>
  readonly count: number
}

/** Ranks images along the directions of a layer; of the images those that figures show. */
export async function rankLayer(
  work: RankWork,
  run: string,
  { signal, onProgress = () => undefined }: Pick<Effort, 'signal' | 'onProgress'> = {},
): Promise<{
  readonly ranks: readonly RankBatch[]
  readonly coherence: readonly Coherence[]
  readonly images: Observable<ImageBatch>
}> {
  const { model, layer, count } = work
  const ranks: RankBatch[] = []
  for (const { phi, options, nameOf = (basis: string) => basis } of rankPasses(work)) {
    const ranked = work.images().pipe(
      phi,
      progress({
        label: `rank ${model.name} ${layer}`,
        unit: 'images',
        total: count,
        count: ({ index }) => index.length,
        onProgress,
      }),
      rank({ ...options, run }),
    )
    await consume(ranked, (batch) => void ranks.push({ ...batch, basis: nameOf(batch.basis) }), { signal })
  }
  const rows: Coherence[] = []
  await consume(from(ranks).pipe(coherence({ ends: ENDS })), (some) => void rows.push(...some), { signal })
  return {
    ranks,
    coherence: rows,
    images: work.images().pipe(concatMap(only(shownSamples(ranks, rows), run))),
  }
}

async function layerOf(spec: RankSpec, place: Place) {
  const { layer, pre, pool, controls = {} } = spec
  const model = await place.models.classifier(spec.model)
  const { identity, noted, count, between } = await openImages(spec.images)
  // what is the same as a default, or as having all, is the same step
  const { units } = layoutOf(model, layer, pool)
  const passes = await Promise.all(
    spec.passes.map(async ({ basis, ...options }) =>
      withDefaults({ ...options, basis: await basesOf(basis, place) }, units, count),
    ),
  )
  const untrained = await untrainedFor(spec, model, place)
  const work: RankWork = {
    ...{ model, layer, passes, count, activations: { pre, pool } },
    controls: { pixels: controls.pixels, untrained },
    images: () => between(0),
  }
  return { layer: work, identity, noted, untrained }
}

const poolingOf = ({ model, layer, activations }: RankedLayer) =>
  layoutOf(model, layer, activations.pool).pooling

const basesOf = (
  names: readonly string[],
  { folder }: Place,
): Promise<readonly (BasisName | DirectionMatrix)[]> =>
  Promise.all(names.map((name) => basisOf(name, folder)))

const basisOf = async (name: string, folder: string): Promise<BasisName | DirectionMatrix> =>
  BASES.find((known) => known === name) ?? readDirections(resolve(folder, name))

/** @throws BlindspotError `bad-option` where a basis has fewer directions than are asked for. */
function withDefaults(options: RankOptions, units: number, images: number): RankOptions {
  const { basis = 'unit', count = units, top = 64, seed = 1, center = false, control = true } = options
  for (const one of [basis].flat()) if (typeof one === 'string') countOf(one, units, count)
  return { basis, count, top: Math.min(top, images), seed, center, control }
}

/** The options of a ranking as JSON. */
const optionsOf = ({ basis = 'unit', ...rest }: RankOptions) => ({
  ...rest,
  basis: [basis].flat().map(hashed),
})

/** The model before its training, where that is known and has the layer. */
async function untrainedFor(
  { model, layer, controls: { untrained: asked = false } = {} }: RankSpec,
  classifier: Classifier,
  { models }: Place,
): Promise<Classifier | undefined> {
  if (asked === false) return undefined
  const found = await untrainedClassifier(models.pathOf(model), classifier)
  const shape = (of: Classifier) => (of.layers.includes(layer) ? of.layerShape(layer).join() : undefined)
  if (found && shape(found) === shape(classifier)) return found
  found?.dispose()
  if (asked === 'known') return undefined
  throw new BlindspotError(
    'bad-option',
    `directions: untrained needs to know how ${classifier.name} began, and its model.json names ` +
      `${found ? `an architecture without its layer ${layer}` : 'no architecture and seed of blindspot train'}; leave it out`,
  )
}

/** Keys of the samples that the figures show, those of the control's first rows among them. */
function shownSamples(batches: readonly RankBatch[], rows: readonly Coherence[]): ReadonlySet<string> {
  const bases = shownBases([...new Set(batches.map(({ basis }) => basis))])
  const directions = (name: string): readonly number[] => {
    if (name === 'uniform') return [0]
    if (!bases.includes(name)) return []
    const { coherent, random } = shownDirections(rows.filter(({ basis }) => basis === name))
    return [...coherent, ...random]
  }
  return new Set(
    batches.flatMap((batch) => {
      const shown = new Set(directions(batch.basis))
      return Array.from(batch.index, (index, row) =>
        shown.has(batch.direction[row]) && batch.rank[row] <= SHOWN_IMAGES
          ? [sampleKey(batch.dataset[row], batch.split[row], index)]
          : [],
      ).flat()
    }),
  )
}

/** The rows of some samples in some batches, as a run keeps them. */
function only(samples: ReadonlySet<string>, run: string): (batch: ImageBatch) => Observable<ImageBatch> {
  return (batch) => {
    const { dataset, split, index } = batch
    const rows = [...index.keys()].filter((row) => samples.has(sampleKey(dataset, split, index[row])))
    return rows.length === 0 ? EMPTY : of({ ...pickRows(batch, rows), run })
  }
}
