import { concatMap, defer, from, last, lastValueFrom, of, tap, type Observable } from 'rxjs'
import { resolve } from 'node:path'
import * as v from 'valibot'
import { formatArchitecture, parseArchitecture } from '../../operators/architecture.js'
import { BlindspotError } from '../../operators/errors.js'
import { evaluate } from '../../operators/evaluate.js'
import { consume } from '../../operators/flow/consume.js'
import type { ImageBatch } from '../../operators/records/image.js'
import type { ModelRecord } from '../../operators/records/model.js'
import type { TrainingEvent } from '../../operators/records/training.js'
import type { Unreadable } from '../../operators/records/unreadable.js'
import { readModelFile } from '../../operators/tensor/modelFile.js'
import { DECAYS, OPTIMIZERS, recipeFor } from '../../operators/tensor/training/recipe.js'
import { train, type TrainedModel } from '../../operators/train.js'
import type { LakeFile } from '../../sinks/lake/lake.js'
import { readRecords } from '../../sources/records.js'
import { requireSameModel } from './requireSameModel.js'
import { imagesSchema, openImages, type Opened } from './images.js'
import { seedSchema } from './numbers.js'
import type { Committed, Step, StepKind, Work } from './stepKind.js'
import { UnreadableRows } from './unreadableRows.js'
import { trainingProgress, type Trained } from './trainingProgress.js'

const schema = v.strictObject({
  /** The architecture in its short form, such as FC100-100-10. */
  architecture: v.string(),
  /** Name of the model. Default: the architecture's canonical form. */
  name: v.optional(v.string()),
  images: imagesSchema,
  /** Images that the test error is measured on. Default: it is not measured. */
  test: v.optional(imagesSchema),
  /** Seed of the initial weights and the shuffles. */
  seed: seedSchema,
  /** Options as `train` takes them. */
  options: v.optional(
    v.strictObject({
      decay: v.optional(v.picklist(DECAYS)),
      optimizer: v.optional(v.picklist(OPTIMIZERS)),
      epochs: v.optional(v.number()),
      batchSize: v.optional(v.number()),
      learningRate: v.optional(v.number()),
      iterations: v.optional(v.number()),
    }),
  ),
  /** Where `model.json` and `weights.bin` go; absolute, or relative to the data set. */
  folder: v.string(),
})

/** A training: an architecture, the images and the recipe. */
export type TrainSpec = v.InferOutput<typeof schema>

/**
 * The step that trains and saves one network and writes the tables `training` and `models`; the second says that it is done.
 * A model that is lost or damaged since is trained again.
 *
 * @example
 * const spec = { architecture: 'FC10(1)', images: { source: 'mnist:train' }, seed: 1, folder: 'networks/FC10(1)' }
 * await perform(lake, trainStep(spec))
 */
export function trainStep(spec: TrainSpec): Step<TrainSpec> {
  return { kind: 'train', name: `train ${nameOf(spec)}`, spec, needs: [] }
}

/** The tables of a training that is done. */
const ALWAYS = ['training', 'models'] as const

export const trainKind: StepKind<TrainSpec> = {
  kind: 'train',
  version: 3,
  tables: ['training', 'models', 'errors'],
  schema,
  async dependsOn(spec, { models }) {
    const { images, test, seed, options } = spec
    const architecture = parseArchitecture(spec.architecture)
    return {
      name: nameOf(spec),
      architecture: formatArchitecture(architecture),
      recipe: recipeFor(architecture, { ...options, seed }),
      images: (await openImages(images, models)).identity,
      test: test && (await openImages(test, models, images.framing)).identity,
    }
  },
  // two trainings at once would write one over the other
  alone: ({ folder }, { folder: root }) => [`model ${resolve(root, folder)}`],
  async write(spec, work) {
    const { effort } = work
    requireOwnPlace(spec, work.id, work)
    const isWhole = ALWAYS.every((table) => work.committed(table).length > 0)
    if (isWhole && (await trainedRecord(work, spec.folder, work.committed('models')))) return
    await work.useBackend()
    const events: TrainingEvent[] = []
    let record: ModelRecord | undefined
    const lost: Unreadable[] = []
    await consume(
      (await training(spec, work, lost)).pipe(trainingProgress(effort.onProgress ?? (() => undefined))),
      (event) => {
        if (event.kind === 'training') events.push({ ...event, run: work.id })
        else record = { ...event, run: work.id }
      },
      { signal: effort.signal },
    )
    if (!record) throw new Error(`${work.name} ended without a model`)
    const { model: name, weightsHash } = record
    const unreadable = new UnreadableRows(work, { provenance: { training: spec } })
    await unreadable.add(lost)
    await unreadable.commit()
    const options = {
      partition: { name },
      provenance: { training: spec },
      metadata: () => ({ seed: spec.seed, folder: spec.folder, weights: weightsHash }),
      check: (committed: Pick<Work, 'folder' | 'files'>) => {
        requireOwnPlace(spec, work.id, committed)
        requireSameModel(committed, { name, weightsHash }, 'models')
      },
    }
    await (await work.whole('training', options)).write(events)
    await (await work.whole('models', options)).write([record])
  },
}

/**
 * Checks that no other training of the data set has its model where this one's goes, or its name: whoever reads the data
 * set goes by the name.
 */
function requireOwnPlace(
  spec: TrainSpec,
  id: string,
  { folder: root, files }: Pick<Work, 'folder' | 'files'>,
): void {
  const [here, name] = [resolve(root, spec.folder), nameOf(spec)]
  const others = files({ table: 'models' }).filter(({ step }) => step !== id)
  const isHere = ({ metadata: { folder } }: Committed) =>
    typeof folder === 'string' ? resolve(root, folder) === here : here === root
  if (others.some(isHere))
    throw new BlindspotError(
      'bad-option',
      `${here} holds another model, or this one trained otherwise or by an earlier version; choose another --out`,
    )
  if (others.some(({ partition }) => partition['name'] === name))
    throw new BlindspotError(
      'bad-option',
      `${root} has another model that is called ${name}, or this one trained otherwise or by an earlier version; ` +
        'choose another --name or --out',
    )
}

/** The row of a training that is done, of which the model is there and the same. */
export async function trainedRecord(
  { folder }: Pick<Work, 'folder'>,
  modelFolder: string,
  files: readonly LakeFile[],
): Promise<ModelRecord | undefined> {
  const path = files.at(-1)?.path
  if (path === undefined) return undefined
  try {
    const { weightsHash } = await readModelFile(resolve(folder, modelFolder))
    for await (const [record] of readRecords('models', path))
      if (record.weightsHash === weightsHash) return record
  } catch {
    // lost or damaged since: trained again
  }
  return undefined
}

/** The model's name, which goes into folders and columns, or an error. */
function nameOf({ name, architecture }: Pick<TrainSpec, 'name' | 'architecture'>): string {
  const chosen = name ?? formatArchitecture(parseArchitecture(architecture))
  if (chosen !== '' && chosen.length <= 100) return chosen
  throw new BlindspotError('bad-option', `name: expected 1 to 100 characters, got ${chosen.length}`)
}

/** Trains, measures and saves one network; the images and options are looked at before anything is written. */
async function training(spec: TrainSpec, work: Work, lost: Unreadable[]): Promise<Observable<Trained>> {
  const { architecture, seed, options } = spec
  const trainer = train(parseArchitecture(architecture), { ...options, seed, name: nameOf(spec) })
  const images = await openImages(spec.images, work.models)
  const test = spec.test && (await openImages(spec.test, work.models, spec.images.framing))
  const read = (opened: Opened) =>
    opened.between(0).pipe(tap(({ unreadable = [] }) => lost.push(...unreadable)))
  return defer(() => read(images)).pipe(
    trainer,
    concatMap((event) =>
      event.kind === 'training'
        ? of(event)
        : from(finish(event, spec, work, { images, test: test && read(test) })),
    ),
  )
}

/** Saves and measures a network that is trained, unless the data set knows another one by its name. */
async function finish(
  model: TrainedModel,
  { folder, seed }: TrainSpec,
  work: Work,
  { images, test }: { readonly images: Opened; readonly test: Observable<ImageBatch> | undefined },
): Promise<ModelRecord> {
  const { classifier, provenance } = model
  try {
    requireSameModel(work, classifier, 'models')
    await model.save(resolve(work.folder, folder))
    const tested = test && (await lastValueFrom(test.pipe(evaluate(classifier), last())))
    return {
      kind: 'model',
      model: classifier.name,
      architecture: provenance.architecture,
      dataset: provenance.dataset,
      split: images.noted.split,
      images: provenance.images,
      seed,
      backend: provenance.backend,
      weightsHash: classifier.weightsHash,
      dataHash: provenance.dataHash,
      decay: provenance.recipe.decay,
      trainError: provenance.trainError,
      testError: tested?.error ?? NaN,
      testImages: tested?.images ?? 0,
      seconds: provenance.seconds,
    }
  } finally {
    classifier.dispose()
  }
}
