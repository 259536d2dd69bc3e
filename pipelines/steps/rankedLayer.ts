import { extname } from 'node:path'
import * as v from 'valibot'
import { keyed } from '../../operators/records/expected.js'
import { layoutOf } from '../../operators/activations.js'
import type { Classifier } from '../../operators/classifier.js'
import { BlindspotError } from '../../operators/errors.js'
import type { RankOptions } from '../../operators/rank.js'
import { BASES, countOf, type BasisName, type DirectionMatrix } from '../../operators/ranking/basis.js'
import { hashed } from '../../operators/ranking/settings.js'
import { POOLINGS } from '../../operators/records/activation.js'
import { readDirections } from '../../sources/directions.js'
import { imagesSchema, openImages } from './images.js'
import { modelIdentity } from './modelIdentity.js'
import type { Models } from './models.js'
import { modelSchema } from './stepModel.js'
import { seedSchema, wholeFrom1 } from './numbers.js'
import { labelledBy, notedWith, superclassesWith } from './ownLabels.js'
import type { RankWork } from './rankLayer.js'
import type { RankedLayer } from './rankPasses.js'
import type { Place } from './stepKind.js'
import { from } from '../../sources/place.js'

const pass = keyed({
  /** Bases by name, and Parquet or Arrow files of directions; absolute, or relative to the data set. */
  basis: v.pipe(v.array(v.string()), v.minLength(1)),
  count: v.optional(wholeFrom1),
  top: v.optional(wholeFrom1),
  seed: v.optional(seedSchema),
  center: v.optional(v.boolean()),
  control: v.optional(v.boolean()),
})

/** A ranking as a step has it. */
export const rankSchema = keyed({
  model: modelSchema,
  layer: v.string(),
  images: imagesSchema,
  /** Whether values are those before the layer's activation function. Default false. */
  pre: v.optional(v.boolean()),
  pool: v.optional(v.picklist(POOLINGS)),
  /** Passes over all images, all into the same run. */
  passes: v.pipe(v.array(pass), v.minLength(1)),
  controls: v.optional(
    keyed({
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
export type RankSpec = v.InferOutput<typeof rankSchema>

/** Opens the layer of a ranking, its images and directions. */
export async function openLayer(spec: RankSpec, place: Place) {
  const { layer, pre, pool, controls = {} } = spec
  const model = await place.models.classifier(spec.model)
  const opened = await openImages(spec.images, place.models, model.framing)
  const { identity, count, between } = opened
  // what is the same as a default, or as having all, is the same step
  const { units, positions } = layoutOf(model, layer, pool)
  if (pool === 'mean' && positions === 1)
    throw new BlindspotError(
      'bad-option',
      `${model.name}: layer "${layer}" has one position alone, and no mean of several; leave out pool`,
    )
  const passes = await Promise.all(
    spec.passes.map(async ({ basis, ...options }) =>
      withDefaults({ ...options, basis: await basesOf(basis, place) }, units, count),
    ),
  )
  requireOwnNames(passes)
  const untrained = await untrainedFor(spec, model, place.models)
  const work: RankWork = {
    ...{ model, layer, passes, count, activations: { pre, pool } },
    superclasses: superclassesWith(opened, model),
    controls: { pixels: controls.pixels, untrained },
    images: () => between(0).pipe(labelledBy(opened, model)),
  }
  return { layer: work, identity, noted: notedWith(opened, model) }
}

/**
 * What the rows of a ranking depend on before its model is there: the defaults of its passes follow from the layer, which the
 * training has.
 */
export async function rankedOf(spec: RankSpec, place: Place): Promise<Readonly<Record<string, unknown>>> {
  const { layer, pre = false, pool, controls = {} } = spec
  const { identity, framing } = await modelIdentity(spec.model, place)
  const passes = spec.passes.map(async ({ basis, ...options }) => ({
    ...PASS,
    ...optionsOf({ ...options, basis: await basesOf(basis, place) }),
  }))
  return {
    ...{ ...identity, layer, pre, pool, passes: await Promise.all(passes) },
    images: (await openImages(spec.images, place.models, framing)).identity,
    controls: { pixels: controls.pixels ?? false, untrained: controls.untrained ?? false },
  }
}

/** What becomes of a layer's positions. */
export const poolingOf = ({ model, layer, activations }: RankedLayer) =>
  layoutOf(model, layer, activations.pool).pooling

const basesOf = (
  names: readonly string[],
  { folder }: Place,
): Promise<readonly (BasisName | DirectionMatrix)[]> =>
  Promise.all(names.map((name) => basisOf(name, folder)))

async function basisOf(name: string, folder: string): Promise<BasisName | DirectionMatrix> {
  const known = BASES.find((one) => one === name)
  if (known) return known
  if (extname(name) !== '') return readDirections(from(folder, name))
  throw new BlindspotError(
    'bad-option',
    `basis: expected ${BASES.join(', ')}, or a Parquet or Arrow file of directions, got ${name}`,
  )
}

/** Checks that no two passes have a basis of one name, centred or not: their rows would be the same. */
function requireOwnNames(passes: readonly RankOptions[]): void {
  const names = passes.flatMap(({ basis = 'unit', center = false, control = true }) => {
    const own = [basis].flat().map((one) => (typeof one === 'string' ? one : one.name))
    // two of one pass are the operator's affair
    return [...new Set([...own, ...(control ? ['uniform'] : [])])].map(
      (name) => `${name}${center ? ', centred' : ''}`,
    )
  })
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return
  throw new BlindspotError(
    'bad-option',
    `passes: two have the basis ${twice}; ${
      twice.startsWith('uniform')
        ? 'set control of all but one to false'
        : 'give each basis to one pass alone'
    }`,
  )
}

/** What a pass does where it does not say. */
const PASS = { top: 64, seed: 1, center: false, control: true } as const

/** @throws BlindspotError `bad-option` where a basis has fewer directions than are asked for. */
function withDefaults(options: RankOptions, units: number, images: number): RankOptions {
  const { basis = 'unit', count = units, ...given } = options
  const { top = PASS.top, seed = PASS.seed, center = PASS.center, control = PASS.control } = given
  for (const one of [basis].flat()) if (typeof one === 'string') countOf(one, units, count)
  return { basis, count, top: Math.min(top, images), seed, center, control }
}

/** The options of a ranking as JSON. */
export const optionsOf = ({ basis = 'unit', ...rest }: RankOptions) => ({
  ...rest,
  basis: [basis].flat().map(hashed),
})

/** The model before its training, where that is known and has the layer. */
async function untrainedFor(
  { model, layer, controls: { untrained: asked = false } = {} }: RankSpec,
  classifier: Classifier,
  models: Models,
): Promise<Classifier | undefined> {
  if (asked === false) return undefined
  const found = await models.untrained(model)
  const shape = (of: Classifier) => (of.layers.includes(layer) ? of.layerShape(layer).join() : undefined)
  if (found && shape(found) === shape(classifier)) return found
  if (asked === 'known') return undefined
  throw new BlindspotError(
    'bad-option',
    `directions: untrained needs to know how ${classifier.name} began, and its model.json names ` +
      `${found ? `an architecture without its layer ${layer}` : 'no architecture and seed of blindspot train'}; leave it out`,
  )
}
