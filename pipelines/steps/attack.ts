import { resolve } from 'node:path'
import { identity as unchanged, takeWhile, type MonoTypeOperatorFunction } from 'rxjs'
import * as v from 'valibot'
import { attack, type AttackOptions } from '../../operators/attack.js'
import type { Classifier, ModelReference } from '../../operators/classifier.js'
import { attackThreads, defaultWorkers } from '../../operators/engine/threads.js'
import type { Case } from '../../operators/engine/targets.js'
import { BlindspotError } from '../../operators/errors.js'
import { consume } from '../../operators/flow/consume.js'
import { prefetch } from '../../operators/flow/prefetch.js'
import { progress } from '../../operators/flow/progress.js'
import { SEARCH_DEFAULTS, type SearchOptions } from '../../operators/minimize/boundarySearch.js'
import { PENALTIES } from '../../operators/minimize/penalty.js'
import { STATUSES, type AdversarialBatch } from '../../operators/records/adversarial.js'
import { PLAIN_GOALS } from '../../operators/records/codes.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { takeRight } from '../../operators/takeRight.js'
import type { LakeFile } from '../../sinks/lake/lake.js'
import { readCases } from '../../sources/cases.js'
import { BATCH, imagesSchema, openImages, type Opened } from './images.js'
import { notedCount } from './notedCount.js'
import { seedSchema, wholeFrom1 } from './numbers.js'
import { modelSchema } from './models.js'
import { requireSameModel } from './requireSameModel.js'
import type { Effort, Place, Step, StepKind, Work } from './stepKind.js'

export const attackSchema = v.strictObject({
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
})

/** An attack: a model, the images, and what they are to be taken for. */
export type AttackSpec = v.InferOutput<typeof attackSchema>

/**
 * The step that attacks a model and writes the table `examples`, whose rows it goes on after; with a larger `limit`, or
 * more `examples`, it adds to what is there.
 *
 * @example
 * await perform(lake, attackStep({ model: { path: 'networks/FC10(1)' }, images: { source: 'mnist:test' } }), { limit: 256 })
 */
export function attackStep(spec: AttackSpec, needs: readonly string[] = []): Step<AttackSpec> {
  const aim = spec.goal === undefined || spec.goal === 'random' ? '' : ` ${spec.goal}`
  return { kind: 'attack', name: `attack ${spec.model.name ?? spec.model.path}${aim}`, spec, needs }
}

/** How far a step has come: images read, and images attacked among them. */
interface Reached {
  readonly images: number
  readonly attacked: number
}

/** Rows of an image are 6 kB: a file of these is about 25 MB before compression. */
const ROWS_PER_FILE = 4096

export const attackKind: StepKind<AttackSpec> = {
  kind: 'attack',
  version: 5,
  tables: ['examples'],
  schema: attackSchema,
  async dependsOn(spec, place) {
    const { name, weightsHash } = await place.models.reference(spec.model)
    const images = await openImages(spec.images)
    const options = await attackOptionsOf(spec, place)
    await requireCases(spec, options.cases, images)
    return { name, weights: weightsHash, images: images.identity, ...options }
  },
  async write(spec, work) {
    const { effort } = work
    const model = await work.models.reference(spec.model)
    requireSameModel(work, model, 'examples')
    const images = await openImages(spec.images)
    const options = await attackOptionsOf(spec, work)
    const end = Math.min(effort.limit ?? Infinity, images.count)
    const done = reachedBy(work.committed('examples'))
    const left = effort.examples === undefined ? Infinity : effort.examples - done.attacked
    if (done.images >= end || left <= 0) return

    const { attacked, versions } = await attackerFor(spec, model, work)
    let reached: Reached = done
    const rows = await work.parts('examples', {
      partition: { source: model.name },
      provenance: { images: images.noted, sourceModel: model.name },
      versions,
      metadata: () => ({ ...reached, weights: model.weightsHash }),
      check: (committed) => requireSameModel(committed, model, 'examples'),
      rowsPerFile: ROWS_PER_FILE,
    })
    const stream = images.between(done.images, end).pipe(
      onlyRight(attacked, left),
      prefetch(1),
      attack(attacked, { ...options, ...effortOf(effort), run: work.id }),
      progress({
        label: `attack ${model.name}${options.goal === 'untargeted' ? ' untargeted' : ''}`,
        unit: 'images',
        total:
          options.cases || Math.min(left, end) === Infinity ? undefined : Math.min(left, end - done.images),
        count: (batch) => (left < Infinity ? countImages(batch).attacked : countImages(batch).images),
        onProgress: effort.onProgress ?? (() => undefined),
      }),
    )
    await consume(
      stream,
      async (batch) => {
        const { images: read, attacked: more } = countImages(batch)
        // images that are no case have no row
        const whole = options.cases ? Math.min(BATCH, end - reached.images) : read
        reached = { images: reached.images + whole, attacked: reached.attacked + more }
        if (batch.index.length > 0) await rows.write(batch)
      },
      { signal: effort.signal },
    )
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
  if (cases !== undefined) return { cases: (await readCases(resolve(folder, cases))).slice(0, firstCases) }
  return target === undefined ? { goal: goal ?? 'random' } : { target }
}

/** Checks that the images of all cases are there, where they can be known without reading them. */
async function requireCases(
  { cases: file, images: { source } }: AttackSpec,
  cases: readonly Case[] | undefined,
  { between }: Opened,
): Promise<void> {
  if (cases === undefined) return
  const missing = new Set(cases.map(({ index }) => index))
  const looked = between(0).pipe(takeWhile(() => missing.size > 0))
  await consume(looked, ({ index }) => index.forEach((sample) => missing.delete(sample)))
  for (const index of missing)
    throw new BlindspotError('bad-data', `${file}: index ${index} is not in ${source}`)
}

const effortOf = ({ workers, batchSize }: Effort): Pick<AttackOptions, 'workers' | 'batchSize'> => ({
  ...(workers !== undefined && { workers }),
  ...(batchSize !== undefined && { batchSize }),
})

/**
 * What is attacked, and by which versions. That only images count which the model gets right asks for the model in this
 * thread; otherwise threads alone load TensorFlow: this one reads, deals out and writes.
 */
async function attackerFor(
  { model }: AttackSpec,
  reference: ModelReference,
  { effort, models }: Work,
): Promise<{
  readonly attacked: Classifier | ModelReference
  readonly versions: Readonly<Record<string, string>>
}> {
  const { examples, workers = defaultWorkers(), backend: choice, onBackend } = effort
  const alone = examples !== undefined || workers === 0
  const backend = await (alone ? models.useBackend() : attackThreads(workers, choice)[0].backend())
  onBackend?.(backend)
  const attacked = examples === undefined ? reference : await models.classifier(model)
  return { attacked, versions: backend.versions }
}

const onlyRight = (model: Classifier | ModelReference, left: number): MonoTypeOperatorFunction<ImageBatch> =>
  left < Infinity && 'logits' in model ? takeRight(model, left) : unchanged

const SKIPPED = STATUSES.indexOf('skipped')

/** Images of a batch, whatever became of them, and those that were attacked. Rows of an image are together. */
function countImages({ index, status }: AdversarialBatch): { images: number; attacked: number } {
  let images = 0
  let attacked = 0
  let counted = false
  for (let row = 0; row < index.length; row++) {
    if (row === 0 || index[row] !== index[row - 1]) {
      images++
      counted = false
    }
    if (!counted && status[row] !== SKIPPED) {
      attacked++
      counted = true
    }
  }
  return { images, attacked }
}

/**
 * How far the committed files have come: as far as the one that is furthest, whatever their order in the manifest.
 */
function reachedBy(files: readonly LakeFile[]): Reached {
  const most = (name: keyof Reached) =>
    files.reduce((furthest, file) => Math.max(furthest, notedCount(file, name)), 0)
  return { images: most('images'), attacked: most('attacked') }
}
