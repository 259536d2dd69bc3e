import { takeWhile } from 'rxjs'
import * as v from 'valibot'
import { expected, keyed } from '../../operators/records/expected.js'
import type { AttackOptions } from '../../operators/attack.js'
import type { DecoupledDirectionNormOptions } from '../../operators/decoupledDirectionNorm.js'
import type { DeepFoolOptions } from '../../operators/deepFool.js'
import type { CommonAttackOptions } from '../../operators/engine/attackBy.js'
import { USUAL_SEED } from '../../operators/engine/attackOptions.js'
import { METHOD_DEFAULTS } from '../../operators/engine/methodDefaults.js'
import { placeOfCase, withoutPlace, type Case } from '../../operators/engine/targets.js'
import { BlindspotError } from '../../operators/errors.js'
import { consume } from '../../operators/flow/consume.js'
import { PENALTIES } from '../../operators/minimize/penalty.js'
import { METHODS, PAYLOADS, PLAIN_GOALS } from '../../operators/records/codes.js'
import { readCases } from '../../sources/cases.js'
import { requireMethod, usualGoal } from './attackMethod.js'
import { imagesSchema, openImages, type Opened } from './images.js'
import { modelIdentity } from './modelIdentity.js'
import { modelSchema } from './stepModel.js'
import { finite, seedSchema, wholeFrom0, wholeFrom1 } from './numbers.js'
import type { Place, StepIdentity } from './stepKind.js'
import { from } from '../../sources/place.js'

/** An attack as a step has it. */
export const attackSchema = keyed({
  model: modelSchema,
  images: imagesSchema,
  /** How examples are looked for. Default `l-bfgs`. */
  method: v.optional(v.picklist(METHODS)),
  /** Which wrong class is aimed at. Default `random`, of `deepfool` `untargeted`, which has no other. */
  goal: v.optional(v.picklist(PLAIN_GOALS)),
  /** A class to aim at for every image, in place of a goal. */
  target: v.optional(v.number()),
  /** CSV or Parquet file with columns `index, target`, in place of a goal; absolute, or relative to the data set. */
  cases: v.optional(v.string()),
  /** How many of the cases, the first ones. Default: all. */
  firstCases: v.optional(wholeFrom1),
  /** Seed of the random targets. Default 1. */
  seed: v.optional(seedSchema),
  /** Of `l-bfgs`: which length of the perturbation is weighed beside the loss. Default `squared`. */
  penalty: v.optional(v.picklist(PENALTIES)),
  /** Of `l-bfgs`: forward-backward passes per search at most. Default 1000. */
  maxEvaluations: v.optional(wholeFrom1),
  /** Iterations: of `deepfool` at most, of `ddn` all of them. Default 50, of `ddn` 100. */
  iterations: v.optional(wholeFrom1),
  /** Of `deepfool`: as `deepFool` has it. Default 0.02. */
  overshoot: v.optional(v.pipe(finite, v.minValue(0, 'a number from 0'))),
  /** Of `deepfool`: wrong classes linearised. Default 9. */
  candidates: v.optional(wholeFrom1),
  /** Of `ddn`: the norm's change in an iteration. Default 0.05. */
  gamma: v.optional(
    v.pipe(
      finite,
      expected((share: number) => share > 0 && share < 1, 'a number between 0 and 1'),
    ),
  ),
  /** Of `ddn`: grey levels that pixels are rounded to. Default: none. */
  levels: v.optional(v.pipe(wholeFrom1, v.minValue(2, 'a whole number from 2'))),
  /**
   * How the images are stored. An example that is not as the attack found it may be none: how many still fool the model is
   * noted beside the files. Default `float32`, bit for bit.
   */
  payload: v.optional(v.picklist(PAYLOADS)),
  /**
   * Positions of the images from one to before another: a step of its own, whose rows are of the run of all. Default: all,
   * as one step.
   */
  shard: v.optional(v.pipe(v.strictTuple([wholeFrom0, wholeFrom1]), v.readonly())),
})

/** An attack: a model, the images, and what they are to be taken for. */
export type AttackSpec = v.InferOutput<typeof attackSchema>

/** What an attack's rows depend on. */
export const attackIdentity: StepIdentity<AttackSpec> = {
  kind: 'attack',
  version: 5,
  async dependsOn(spec, place) {
    requireMethod(spec)
    const { identity, framing } = await modelIdentity(spec.model, place)
    const images = await openImages(spec.images, place.models, framing)
    const options = await attackOptionsOf(spec, place)
    await requireCases(options.cases, images)
    const { method = 'l-bfgs', payload = 'float32' } = spec
    return {
      ...{ ...identity, images: images.identity, ...options },
      ...(options.cases && { cases: options.cases.map(withoutPlace) }),
      // what earlier versions made has no method and is of the default one
      ...(method !== 'l-bfgs' && { method }),
      ...(payload !== 'float32' && { payload }),
    }
  },
}

/** What an attack aims at and how it searches, by whatever method. */
export type AttackAsked = AttackOptions &
  Omit<DeepFoolOptions, keyof CommonAttackOptions> &
  Omit<DecoupledDirectionNormOptions, keyof CommonAttackOptions>

/** What an attack aims at and how it searches, without what is a default. */
export const attackOptionsOf = async (spec: AttackSpec, place: Place): Promise<AttackAsked> => ({
  ...searchOf(spec),
  ...(await aimOf(spec, place)),
})

/** The options of an attack's search, without what is a default. */
function searchOf({ method = 'l-bfgs', seed = USUAL_SEED, ...spec }: AttackSpec): AttackAsked {
  const { penalty, maxEvaluations, iterations, overshoot, candidates, gamma, levels } = spec
  const given = { penalty, maxEvaluations, iterations, overshoot, candidates, gamma, levels }
  const usual = new Map<string, unknown>(Object.entries(METHOD_DEFAULTS[method]))
  const own = Object.entries(given).filter(
    ([name, value]) => value !== undefined && value !== usual.get(name),
  )
  return { seed, ...Object.fromEntries(own) }
}

async function aimOf(
  { method, goal, target, cases, firstCases }: AttackSpec,
  { folder }: Place,
): Promise<Pick<AttackOptions, 'goal' | 'target' | 'cases'>> {
  const given = Object.entries({ goal, target, cases }).filter(([, value]) => value !== undefined)
  if (given.length > 1)
    throw new BlindspotError(
      'bad-option',
      `attack: expected one of goal, target and cases, got ${given.map(([name]) => name).join(' and ')}`,
    )
  if (cases !== undefined) return { cases: (await readCases(from(folder, cases))).slice(0, firstCases) }
  return target === undefined ? { goal: goal ?? usualGoal(method) } : { target }
}

/** Checks that the images of all cases are there. Photographs would have to be decoded for it: their attack finds out. */
async function requireCases(
  cases: readonly Case[] | undefined,
  { between, identity, noted }: Opened,
): Promise<void> {
  if (cases === undefined || identity['photographs'] !== undefined) return
  const missing = new Set(cases.map(({ index }) => index))
  const looked = between(0).pipe(takeWhile(() => missing.size > 0))
  await consume(looked, ({ index }) => index.forEach((sample) => missing.delete(sample)))
  requireFound(cases, missing, noted.source)
}

/**
 * Checks that the images of all cases are there.
 *
 * @throws BlindspotError `bad-option`, naming the first one of an image that is missing
 */
export function requireFound(cases: readonly Case[], missing: ReadonlySet<number>, source: string): void {
  const first = cases.find(({ index }) => missing.has(index))
  if (first === undefined) return
  throw new BlindspotError('bad-option', `${placeOfCase(first)}: index ${first.index} is not in ${source}`)
}
