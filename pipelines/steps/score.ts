import { concatMap, defer, EMPTY, map, of, toArray, type Observable, type OperatorFunction } from 'rxjs'
import * as v from 'valibot'
import { amplify, AMPLIFY_NORMS } from '../../operators/amplify.js'
import type { Classifier, ModelReference } from '../../operators/classifier.js'
import { consume } from '../../operators/flow/consume.js'
import { progress } from '../../operators/flow/progress.js'
import { stream } from '../../operators/flow/stream.js'
import { gaussianNoise } from '../../operators/gaussianNoise.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import { successes, type ExampleBatch } from '../../operators/records/example.js'
import { groups } from '../../operators/records/groups.js'
import { pickRows, sampleKey, type ImageBatch } from '../../operators/records/image.js'
import type { ScoreBatch } from '../../operators/records/score.js'
import { score } from '../../operators/score.js'
import type { LakeFile } from '../../sinks/lake/lake.js'
import { readExamples, readScores, type ExampleOptions } from '../../sources/records.js'
import { examplesIdentity, examplesSchema, openExamples } from './examples.js'
import { BATCH, imagesSchema, openImages, type StepImages } from './images.js'
import { modelSchema } from './models.js'
import { notedCount } from './notedCount.js'
import { seedSchema } from './numbers.js'
import { requireSameModel, victimsOf } from './requireSameModel.js'
import { rowsFrom } from './rowsFrom.js'
import type { Place, Step, StepKind, Work } from './stepKind.js'

const clip = v.optional(v.boolean())

/** The clean images of some examples, each once. */
const originalsSchema = v.strictObject({ originals: v.pipe(v.array(examplesSchema), v.readonly()) })

const schema = v.strictObject({
  /** The victims. A scoring asked for again with others adds their rows. */
  models: v.pipe(v.array(modelSchema), v.minLength(1)),
  shown: v.variant('kind', [
    v.strictObject({ kind: v.literal('clean'), images: imagesSchema }),
    v.strictObject({
      kind: v.literal('gaussian'),
      /** Standard deviation of the noise, in units of the pixel range. */
      stddev: v.number(),
      seed: seedSchema,
      clip,
      images: v.union([imagesSchema, originalsSchema]),
    }),
    v.strictObject({ kind: v.literal('adversarial'), examples: examplesSchema }),
    v.strictObject({
      kind: v.literal('amplified'),
      examples: examplesSchema,
      /** Size of the perturbations, their RMS, or L2 norm. */
      size: v.number(),
      norm: v.optional(v.picklist(AMPLIFY_NORMS)),
      clip,
    }),
  ]),
  /** The folder in the table, by the key `shown`. */
  partition: v.string(),
})

/** A scoring: what is shown to which models. */
export type ScoreSpec = v.InferOutput<typeof schema>
type ShownSpec = ScoreSpec['shown']
type Originals = v.InferOutput<typeof originalsSchema>

/**
 * The step that shows something to models and writes the table `scores`: a row per image and model, none that is there.
 *
 * @example
 * const shown = { kind: 'gaussian', stddev: 0.3, seed: 1, images: { source: 'mnist:test' } }
 * await perform(lake, scoreStep({ models: [{ path: 'networks/FC10(1)' }], shown, partition: 'gaussian 0.3' }))
 */
export function scoreStep(spec: ScoreSpec, needs: readonly string[] = []): Step<ScoreSpec> {
  const { shown, partition } = spec
  const of = 'images' in shown && 'source' in shown.images ? `, ${shown.images.source}` : ''
  return { kind: 'score', name: `score ${partition}${of}`, spec, needs }
}

/** Rows of a file; they are small, and an image's are together. */
const ROWS_PER_FILE = 2 ** 20

export const scoreKind: StepKind<ScoreSpec> = {
  kind: 'score',
  version: 3,
  tables: ['scores'],
  schema,
  dependsOn: ({ shown }, place) => whatIs(shown, place),
  async write({ models: specs, shown, partition }, work) {
    const references = await Promise.all(specs.map((model) => work.models.reference(model)))
    for (const model of references) requireSameModel(work, model, 'scores')
    const images = await imagesIn(shown, work)
    for (const { models, from, open } of await unseenBy(references, images, work)) {
      const victims: Classifier[] = []
      for (const [i, reference] of references.entries())
        if (models.includes(reference)) victims.push(await work.models.classifier(specs[i]))
      await show(work, partition, victims, images.shownAs, {
        from,
        images: open(victims),
        total: images.count,
      })
    }
  },
}

/** Shows images to models that have seen `from` images before and none of these. */
async function show(
  work: Work,
  partition: string,
  victims: readonly Classifier[],
  shownAs: Shown['shownAs'],
  {
    from,
    images,
    total,
  }: { readonly from: number; readonly images: Observable<Batch>; readonly total: number },
): Promise<void> {
  const { signal, limit = Infinity, onProgress = () => undefined } = work.effort
  const end = Math.min(limit, total)
  let reached = from
  let held = 0
  const rows = await work.parts('scores', {
    partition: { shown: partition },
    metadata: () => ({
      victims: Object.fromEntries(victims.map(({ name, weightsHash }) => [name, weightsHash])),
      images: reached,
    }),
    check: (committed) => victims.forEach((model) => requireSameModel(committed, model, 'scores')),
    // files end between batches of images, of which all models have seen all
    rowsPerFile: Infinity,
  })
  const scored = images.pipe(
    concatMap((batch) =>
      of(batch).pipe(
        shownAs,
        score(victims, { run: work.id }),
        toArray(),
        map((scores) => ({ scores, images: batch.index.length })),
      ),
    ),
    progress({
      label: work.name,
      unit: 'images',
      total: end === Infinity ? undefined : end - from,
      count: (one) => one.images,
      onProgress,
    }),
  )
  await consume(
    scored,
    async ({ scores, images: more }: { readonly scores: readonly ScoreBatch[]; readonly images: number }) => {
      reached += more
      for (const batch of scores) {
        await rows.write(batch)
        held += batch.index.length
      }
      if (held < ROWS_PER_FILE) return
      await rows.flush()
      held = 0
    },
    { signal },
  )
  // the next models' files are numbered after these
  await rows.flush()
}

/** Models that have seen the same images, and those that they have not. */
interface Unseen {
  readonly models: readonly ModelReference[]
  /** How many they have seen. */
  readonly from: number
  readonly open: (victims: readonly Classifier[]) => Observable<Batch>
}

/**
 * Who has something to see, by how many images they have seen: images in a fixed order after those that were read,
 * originals of examples by themselves.
 */
async function unseenBy(
  models: readonly ModelReference[],
  { count, between, originals }: Shown,
  work: Work,
): Promise<readonly Unseen[]> {
  const files = work.committed('scores')
  if (originals) {
    const seen = await samplesSeen(files)
    return groups(models, ({ name }) => [...(seen.get(name) ?? [])].sort()).map((own): Unseen => {
      const known = seen.get(own[0].name) ?? new Set()
      return { models: own, from: known.size, open: (victims) => originals(known, victims) }
    })
  }
  const end = Math.min(work.effort.limit ?? Infinity, count)
  const readBy = ({ name, weightsHash }: ModelReference) =>
    files
      .filter(({ metadata }) => victimsOf(metadata)[name] === weightsHash)
      .reduce((most, file) => Math.max(most, notedCount(file, 'images')), 0)
  return groups(models, (model) => [readBy(model)])
    .map((own): Unseen => {
      const from = readBy(own[0])
      return { models: own, from, open: (victims) => between(from, end, victims) }
    })
    .filter(({ from }) => from < end)
}

/** Keys of the samples whose scores are in some files, by model. */
async function samplesSeen(files: readonly LakeFile[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const seen = new Map<string, Set<string>>()
  if (files.length === 0) return seen
  for await (const { model, dataset, split, index } of readScores(files.map(({ path }) => path))) {
    const samples = seen.get(model) ?? new Set()
    seen.set(model, samples)
    for (const at of index) samples.add(sampleKey(dataset, split, at))
  }
  return seen
}

type Batch = ImageBatch | AdversarialBatch

/** What is shown: images or examples in a fixed order, and what is made of them. */
interface Shown {
  /** Rows in all; Infinity where nobody knows. */
  readonly count: number
  /** The rows from `skip` to before `end`, in a form that the victims can be shown. */
  readonly between: (skip: number, end: number, victims: readonly Classifier[]) => Observable<Batch>
  /**
   * The clean images of examples that are not `known`, instead of rows in an order: more examples of one attack come
   * before those of the next, so that a position says nothing.
   */
  readonly originals?: (known: ReadonlySet<string>, victims: readonly Classifier[]) => Observable<ImageBatch>
  readonly shownAs: OperatorFunction<Batch, Batch | ExampleBatch>
}

/** What is shown as the rows depend on it, without how much of it there is or who sees it. */
async function whatIs(shown: ShownSpec, place: Place): Promise<Readonly<Record<string, unknown>>> {
  if ('images' in shown) {
    const { images, ...how } = shown
    return {
      ...how,
      ...(shown.kind === 'gaussian' && { clip: shown.clip ?? false }),
      images: await imagesAre(images, place),
    }
  }
  const { examples, ...how } = shown
  const identity = await examplesIdentity(examples, place)
  return { ...how, ...(shown.kind === 'amplified' && amplification(shown)), examples: identity }
}

async function imagesAre(images: StepImages | Originals, place: Place): Promise<unknown> {
  if ('source' in images) return (await openImages(images)).identity
  return {
    originals: await Promise.all(images.originals.map((examples) => examplesIdentity(examples, place))),
  }
}

const amplification = ({ norm = 'rms', clip: isCut = false }: ShownSpec & { kind: 'amplified' }) => ({
  norm,
  clip: isCut,
})

async function imagesIn(shown: ShownSpec, place: Place): Promise<Shown> {
  if ('images' in shown) {
    const shownAs = shown.kind === 'clean' ? map((batch: Batch) => batch) : noise(shown)
    if ('source' in shown.images) return { ...(await openImages(shown.images)), shownAs }
    const { originals } = shown.images
    const opened = await Promise.all(originals.map((examples) => openExamples(examples, place)))
    const paths = opened.flatMap((examples) => examples.paths)
    return {
      count: Infinity,
      between: () => EMPTY,
      originals: (known, victims) => examplesIn(paths, victims).pipe(originalsOf(known)),
      shownAs,
    }
  }
  const { paths, rows } = await openExamples(shown.examples, place)
  return {
    count: rows,
    between: (skip, _, victims) => examplesIn(paths, victims).pipe(rowsFrom(skip)),
    shownAs:
      shown.kind === 'adversarial'
        ? map((batch) => batch)
        : (amplify(shown.size, amplification(shown)) as OperatorFunction<Batch, ExampleBatch>),
  }
}

const noise = ({ stddev, seed, ...how }: ShownSpec & { kind: 'gaussian' }) =>
  gaussianNoise(stddev, { seed, clip: how.clip ?? false }) as OperatorFunction<Batch, ExampleBatch>

const examplesIn = (paths: readonly string[], victims: readonly Classifier[]) =>
  stream(() => readExamples(paths, { ...acceptedBy(victims), batchSize: BATCH }))

/** What examples have to be like that some victims are shown: within a box, of classes that all of them know. */
function acceptedBy(victims: readonly Classifier[]): Pick<ExampleOptions, 'box' | 'classes'> {
  return {
    box: [Math.min(...victims.map(({ box }) => box[0])), Math.max(...victims.map(({ box }) => box[1]))],
    classes: Math.min(...victims.map(({ classes }) => classes)),
  }
}

/** The clean images of the examples, each once, and none that is known. */
function originalsOf(known: ReadonlySet<string>): OperatorFunction<AdversarialBatch, ImageBatch> {
  return (source) =>
    defer(() => {
      const seen = new Set(known)
      return source.pipe(
        map((batch) => {
          const { shape } = batch
          const { dataset, split, box, index, label, original: pixels } = successes(batch)
          const rows = [...index.keys()].filter((row) => {
            const sample = sampleKey(dataset, split, index[row])
            return !seen.has(sample) && seen.add(sample)
          })
          return pickRows({ dataset, split, shape, index, label, pixels, ...(box && { box }) }, rows)
        }),
      )
    })
}
