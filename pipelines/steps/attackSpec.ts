import { takeWhile } from 'rxjs'
import * as v from 'valibot'
import { keyed } from '../../operators/records/expected.js'
import type { AttackOptions } from '../../operators/attack.js'
import type { Case } from '../../operators/engine/targets.js'
import { BlindspotError } from '../../operators/errors.js'
import { consume } from '../../operators/flow/consume.js'
import { SEARCH_DEFAULTS, type SearchOptions } from '../../operators/minimize/boundarySearch.js'
import { PENALTIES } from '../../operators/minimize/penalty.js'
import { PAYLOADS, PLAIN_GOALS } from '../../operators/records/codes.js'
import { readCases } from '../../sources/cases.js'
import { imagesSchema, openImages, type Opened } from './images.js'
import { modelIdentity } from './modelIdentity.js'
import { modelSchema } from './models.js'
import { seedSchema, wholeFrom0, wholeFrom1 } from './numbers.js'
import type { Place, StepIdentity } from './stepKind.js'
import { from } from '../../sources/place.js'

/** An attack as a step has it. */
export const attackSchema = keyed({
  model: modelSchema,
  images: imagesSchema,
  /** Which wrong class is aimed at. Default `random`. */
  goal: v.optional(v.picklist(PLAIN_GOALS)),
  /** A class to aim at for every image, in place of a goal. */
  target: v.optional(v.number()),
  /** CSV or Parquet file with columns `index, target`, in place of a goal; absolute, or relative to the data set. */
  cases: v.optional(v.string()),
  /** How many of the cases, the first ones. Default: all. */
  firstCases: v.optional(wholeFrom1),
  /** Seed of the random targets. Default 1. */
  seed: v.optional(seedSchema),
  /** Which length of the perturbation is weighed beside the loss. Default `squared`. */
  penalty: v.optional(v.picklist(PENALTIES)),
  /** Forward-backward passes per search at most. */
  maxEvaluations: v.optional(wholeFrom1),
  /**
   * How the images are stored. An example that is not as the attack found it may be none: how many still fool the model is
   * noted beside the files. Default `float32`, bit for bit.
   */
  payload: v.optional(v.picklist(PAYLOADS)),
  /**
   * Positions of the images from one to before another: a step of its own, whose rows are of the run of all. Default: all,
   * as one step.
   */
  shard: v.optional(v.pipe(v.tuple([wholeFrom0, wholeFrom1]), v.readonly())),
})

/** An attack: a model, the images, and what they are to be taken for. */
export type AttackSpec = v.InferOutput<typeof attackSchema>

/** What an attack's rows depend on. */
export const attackIdentity: StepIdentity<AttackSpec> = {
  kind: 'attack',
  version: 5,
  async dependsOn(spec, place) {
    const { identity, framing } = await modelIdentity(spec.model, place)
    const images = await openImages(spec.images, place.models, framing)
    const options = await attackOptionsOf(spec, place)
    await requireCases(spec, options.cases, images)
    const { payload = 'float32' } = spec
    return {
      ...{ ...identity, images: images.identity, ...options },
      ...(payload !== 'float32' && { payload }),
    }
  },
}

/** What an attack aims at and how it searches, without what is a default. */
export const attackOptionsOf = async (spec: AttackSpec, place: Place): Promise<AttackOptions> => ({
  ...searchOf(spec),
  ...(await aimOf(spec, place)),
})

/** The options of an attack's search, without what is a default. */
function searchOf({ penalty, maxEvaluations, seed = 1 }: AttackSpec) {
  const given = { penalty, maxEvaluations } satisfies Partial<Record<keyof SearchOptions, unknown>>
  const isOwn = ([name, value]: [string, unknown]) =>
    value !== undefined && value !== SEARCH_DEFAULTS[name as keyof SearchOptions]
  return { seed, ...(Object.fromEntries(Object.entries(given).filter(isOwn)) as Partial<SearchOptions>) }
}

async function aimOf(
  { goal, target, cases, firstCases }: AttackSpec,
  { folder }: Place,
): Promise<Pick<AttackOptions, 'goal' | 'target' | 'cases'>> {
  const given = Object.entries({ goal, target, cases }).filter(([, value]) => value !== undefined)
  if (given.length > 1)
    throw new BlindspotError(
      'bad-option',
      `attack: expected one of goal, target and cases, got ${given.map(([name]) => name).join(' and ')}`,
    )
  if (cases !== undefined) return { cases: (await readCases(from(folder, cases))).slice(0, firstCases) }
  return target === undefined ? { goal: goal ?? 'random' } : { target }
}

/** Checks that the images of all cases are there. Photographs would have to be decoded for it: their attack finds out. */
async function requireCases(
  { cases: file, images: { source } }: AttackSpec,
  cases: readonly Case[] | undefined,
  { between, identity }: Opened,
): Promise<void> {
  if (cases === undefined || identity['photographs'] !== undefined) return
  const missing = new Set(cases.map(({ index }) => index))
  const looked = between(0).pipe(takeWhile(() => missing.size > 0))
  await consume(looked, ({ index }) => index.forEach((sample) => missing.delete(sample)))
  for (const index of missing)
    throw new BlindspotError('bad-data', `${file}: index ${index} is not in ${source}`)
}
