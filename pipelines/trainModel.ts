import { concatMap, defer, from, last, lastValueFrom, of, type Observable } from 'rxjs'
import { formatArchitecture, parseArchitecture } from '../operators/architecture.js'
import { evaluate } from '../operators/evaluate.js'
import type { ModelRecord } from '../operators/records/model.js'
import type { TrainingEvent } from '../operators/records/training.js'
import { useBackend, type BackendName } from '../operators/tensor/backend.js'
import { train, type TrainedModel, type TrainOptions } from '../operators/train.js'
import { parseSource } from '../sources/source.js'

/** A training as plain data, which a worker thread can be handed. */
export interface Training {
  /** In its short form, such as FC100-100-10. */
  readonly architecture: string
  /** Of the model. Default: the architecture's canonical form. */
  readonly name?: string | undefined
  /** SOURCE of the training images, such as mnist:train. */
  readonly data: string
  /** Only so many of them, drawn by `shuffle`, a seed (default: `seed`). Default: all. */
  readonly limit?: number | undefined
  readonly shuffle?: number | undefined
  /** SOURCE of images to measure the test error on. Default: not measured. */
  readonly test?: string | undefined
  readonly seed: number
  readonly options: Omit<TrainOptions, 'seed' | 'name'>
  /** Folder for `model.json` and `weights.bin`. */
  readonly folder: string
  readonly backend?: BackendName | undefined
}

/** What a training emits: its epochs, and the record of the saved model at the end. */
export type Trained = TrainingEvent | ModelRecord

/** Trains, measures and saves one network. */
export function trainModel(training: Training): Observable<Trained> {
  const { architecture: text, data, limit, seed, shuffle = seed, options } = training
  const architecture = parseArchitecture(text)
  const name = training.name ?? formatArchitecture(architecture)
  const source = parseSource(data)
  return defer(() => from(useBackend(training.backend))).pipe(
    concatMap(() => source.open({ batchSize: 1000, ...(limit !== undefined && { limit, shuffle }) })),
    train(architecture, { ...options, seed, name }),
    concatMap((event) => (event.kind === 'training' ? of(event) : finish(training, event))),
  )
}

async function finish(training: Training, model: TrainedModel): Promise<ModelRecord> {
  const { classifier, provenance } = model
  try {
    await model.save(training.folder)
    const test =
      training.test === undefined ? undefined : parseSource(training.test).open({ batchSize: 1000 })
    const tested = test && (await lastValueFrom(test.pipe(evaluate(classifier), last())))
    return {
      kind: 'model',
      model: classifier.name,
      architecture: provenance.architecture,
      dataset: provenance.dataset,
      split: provenance.split,
      images: provenance.images,
      seed: training.seed,
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
