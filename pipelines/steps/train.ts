import {
  concatMap,
  defer,
  first,
  firstValueFrom,
  from,
  last,
  lastValueFrom,
  of,
  tap,
  type Observable,
} from 'rxjs'
import { parseArchitecture, sizeOfArchitecture } from '../../operators/architecture.js'
import { BlindspotError } from '../../operators/errors.js'
import { evaluate } from '../../operators/evaluate.js'
import { consume } from '../../operators/flow/consume.js'
import type { ImageBatch, ImageShape } from '../../operators/records/image.js'
import type { ModelRecord } from '../../operators/records/model.js'
import type { TrainingEvent } from '../../operators/records/training.js'
import type { Unreadable } from '../../operators/records/unreadable.js'
import { requireLeastClasses } from '../../operators/tensor/training/requireClasses.js'
import { train, type TrainedModel } from '../../operators/train.js'
import { adopted, type TrainedRows } from './adopted.js'
import { requireSameModel } from './requireSameModel.js'
import { openImages, type Opened } from './images.js'
import type { Committed, CommittedFiles, StepKind, Work } from './stepKind.js'
import { trainIdentity, trainingKey } from './trainIdentity.js'
import { trainedRecord } from './trainedRecord.js'
import { trainSchema, type TrainSpec } from './trainSpec.js'
import { configurationOf, trainedName } from './trainNames.js'
import { UnreadableRows } from './unreadableRows.js'
import { trainingProgress, type Trained } from './trainingProgress.js'
import { from as placeFrom } from '../../sources/place.js'
import { localFolder } from '../../sources/objects/localFolder.js'
import { writingTo } from '../../sources/objects/writingTo.js'

/** The tables of a training that is done. */
const ALWAYS = ['training', 'models'] as const

export const trainKind: StepKind<TrainSpec> = {
  ...trainIdentity,
  tables: ['training', 'models', 'errors'],
  schema: trainSchema,
  // two trainings at once would write one over the other, or do the same work twice
  alone: async (spec, place) => [
    `model ${placeFrom(place.folder, spec.folder)}`,
    `training ${await trainingKey(spec, place)}`,
  ],
  async isDone({ folder }, { folder: root, committed }) {
    if (!ALWAYS.every((table) => committed(table).length > 0)) return false
    const { isModel } = await import('../../operators/tensor/modelFile.js')
    return isModel(await localFolder(placeFrom(root, folder)))
  },
  async write(spec, work) {
    requireOwnPlace(spec, work.id, work)
    const isWhole = ALWAYS.every((table) => work.committed(table).length > 0)
    if (isWhole && (await trainedRecord(work, spec.folder, work.committed('models')))) return
    const key = await trainingKey(spec, work)
    const { record, events, lost, versions } = (await adopted(spec, key, work)) ?? (await trained(spec, work))
    const provenance = { training: spec }
    const unreadable = new UnreadableRows(work, { provenance, versions })
    await unreadable.add(lost)
    await unreadable.commit()
    const { model: name, weightsHash } = record
    const options = {
      partition: { name },
      ...{ provenance, versions },
      metadata: () => ({ seed: spec.seed, folder: spec.folder, weights: weightsHash, training: key }),
      check: (committed: CommittedFiles) => {
        requireOwnPlace(spec, work.id, committed)
        requireSameModel(committed, { name, weightsHash }, 'models')
      },
    }
    await (await work.whole('training', options)).write(events)
    await (await work.whole('models', options)).write([record])
  },
}

/** Trains, measures and saves. */
async function trained(spec: TrainSpec, work: Work): Promise<TrainedRows> {
  const { signal, onProgress = () => undefined } = work.effort
  await work.useBackend()
  const events: TrainingEvent[] = []
  let record: ModelRecord | undefined
  const lost: Unreadable[] = []
  await consume(
    (await training(spec, work, lost)).pipe(trainingProgress(onProgress)),
    (event) => {
      if (event.kind === 'training') events.push({ ...event, run: work.run })
      else record = { ...event, run: work.run }
    },
    { signal },
  )
  if (!record) throw new Error(`${work.name} ended without a model`)
  return { record, events, lost }
}

/**
 * Checks that no other training of the data set has its model where this one's goes, or its name: whoever reads the data
 * set goes by the name.
 */
function requireOwnPlace(spec: TrainSpec, id: string, { folder: root, files }: CommittedFiles): void {
  const [here, name] = [placeFrom(root, spec.folder), trainedName(spec)]
  const others = files({ table: 'models' }).filter(({ step }) => step !== id)
  const isHere = ({ metadata: { folder } }: Committed) =>
    typeof folder === 'string' ? placeFrom(root, folder) === here : here === root
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

/** Trains, measures and saves one network; the images and options are looked at before anything is written. */
async function training(spec: TrainSpec, work: Work, lost: Unreadable[]): Promise<Observable<Trained>> {
  const { architecture, seed, options } = spec
  const images = await openImages(spec.images, work.models)
  const form = parseArchitecture(architecture)
  if (images.classCount === undefined && images.leastClasses !== undefined)
    requireLeastClasses(form, images.leastClasses)
  const trainer = train(form, {
    ...options,
    ...{ seed, name: trainedName(spec), classes: images.classCount },
  })
  const test = spec.test && (await openImages(spec.test, work.models, spec.images.framing))
  if (test) requireSameClasses(images, test)
  if (test) await requireSameShape(images, test)
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

/**
 * Checks that folders of the test images have the numbers of those that are trained on: a class that one of them lacks would shift
 * those after it.
 *
 * @throws BlindspotError `bad-option`
 */
function requireSameClasses(images: Opened, test: Opened): void {
  const [own, others] = [images.ownClasses, test.ownClasses]
  if (own === undefined || others === undefined) return
  const at = [...own.keys(), ...others.keys()].find((label) => own.at(label) !== others.at(label))
  if (at === undefined) return
  throw new BlindspotError(
    'bad-option',
    `${test.noted.source}: expected the ${own.length} classes of ${images.noted.source}, got ${others.length}: class ${at} is ` +
      `${others[at] ?? 'none'}, not ${own[at] ?? 'there'}; make the same folders in both, an empty one for a class without images, or say --test`,
  )
}

/**
 * Checks that the test images are of the size of those that are trained on.
 *
 * @throws BlindspotError `bad-option`
 */
async function requireSameShape(images: Opened, test: Opened): Promise<void> {
  const [own, other] = await Promise.all([images, test].map(firstShape))
  if (own === undefined || other === undefined || own.every((extent, i) => extent === other[i])) return
  throw new BlindspotError(
    'bad-option',
    `${test.noted.source}: expected images of ${own.join(' × ')} as in ${images.noted.source}, got ${other.join(' × ')}; name others with --test`,
  )
}

/** The shape of the first image that can be read; undefined where there is none. */
const firstShape = async ({ between }: Opened): Promise<ImageShape | undefined> => {
  const read = between(0).pipe(first(({ index }) => index.length > 0, undefined))
  return (await firstValueFrom(read, { defaultValue: undefined }))?.shape
}

/** Saves and measures a network that is trained, unless the data set knows another one by its name. */
async function finish(
  model: TrainedModel,
  spec: TrainSpec,
  work: Work,
  { images, test }: { readonly images: Opened; readonly test: Observable<ImageBatch> | undefined },
): Promise<ModelRecord> {
  const { folder, seed } = spec
  const { classifier, provenance } = model
  try {
    requireSameModel(work, classifier, 'models')
    await writingTo(placeFrom(work.folder, folder), (here) => model.save(here), ['model.json'])
    const tested = test && (await lastValueFrom(test.pipe(evaluate(classifier), last())))
    return {
      kind: 'model',
      model: classifier.name,
      architecture: provenance.architecture,
      configuration: configurationOf(spec),
      ...sizeOfArchitecture(parseArchitecture(spec.architecture)),
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
