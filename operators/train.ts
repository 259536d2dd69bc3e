import { concat, defer, ignoreElements, Observable, tap, type OperatorFunction } from 'rxjs'
import { parseArchitecture, requireArchitecture, type Architecture } from './architecture.js'
import type { ImageBatch } from './records/image.js'
import type { TrainingEvent } from './records/training.js'
import { recipeFor, type TrainOptions } from './tensor/training/recipe.js'
import { outputsOf, requireClasses, requireLikelyClasses } from './tensor/training/requireClasses.js'
import type { TrainedModel } from './tensor/training/trainModel.js'
import { TrainingSetBuilder } from './tensor/training/trainingSet.js'
import { requireKnown } from './options/knownOptions.js'

export type { Provenance } from './tensor/training/provenance.js'
export type { Decay, Phase, Recipe, TrainOptions } from './tensor/training/recipe.js'
export type { TrainedModel } from './tensor/training/trainModel.js'

/**
 * Trains a network on a stream of images: gathers them all, then emits an event for every epoch or iteration
 * and at last the model. The minimum sought is that of the mean cross-entropy in nats plus the weight decay.
 *
 * The same images, architecture, options and backend give the same weights; the backend is the one that `useBackend` has chosen,
 * or else the fastest that loads. Unsubscribing ends the training and frees its tensors; the model that it emits belongs to the
 * subscriber.
 *
 * @param architecture plain data, or its short form such as `FC100-100-10` (see `parseArchitecture`)
 * The architecture's last number is the number of classes. Another one than `classes` is an error at once; where that is not said,
 * fewer than the labels there are is one that names the image, and more than twice as many as labels that are seen is one from 32 images and 20 outputs on.
 *
 * @throws BlindspotError `bad-option` at once for the options; through the stream `bad-data`, naming the image,
 * for images that cannot be trained on or none at all, and `bad-option` for a label that is no class, and where the training diverges
 * @example
 * const made = await lastValueFrom(mnist('train', { limit: 1000 }).pipe(train('FC10', { seed: 1 })))
 * if (made.kind === 'model') console.log(made.provenance.trainError)
 */
export function train(
  architecture: Architecture | string,
  options: TrainOptions = {},
): OperatorFunction<ImageBatch, TrainingEvent | TrainedModel> {
  requireKnown<TrainOptions>('train', options, {
    seed: true,
    name: true,
    decay: true,
    optimizer: true,
    epochs: true,
    batchSize: true,
    learningRate: true,
    iterations: true,
    classes: true,
  })
  const isPlan = (given: unknown): given is Architecture => typeof given === 'object' && given !== null
  const plan = isPlan(architecture) ? architecture : parseArchitecture(architecture)
  requireArchitecture('train: architecture', plan)
  const recipe = recipeFor(plan, options)
  const { classes } = options
  if (classes !== undefined) requireClasses(plan, classes)
  return (images) =>
    defer(() => {
      const builder = new TrainingSetBuilder(
        outputsOf(plan),
        `; an architecture's last number is its classes`,
      )
      return concat(
        images.pipe(
          tap((batch) => builder.add(batch)),
          ignoreElements(),
        ),
        defer(() => {
          const set = builder.finish()
          if (classes === undefined) requireLikelyClasses(plan, set.labels)
          return cancellable(async function* (signal) {
            const { trainModel } = await import('./tensor/training/trainModel.js')
            yield* trainModel(plan, options.name, recipe, set, signal)
          })
        }),
      )
    })
}

/** A generator as an observable; unsubscribing aborts the signal, upon which the generator is to end. */
function cancellable(
  generate: (signal: AbortSignal) => AsyncIterable<TrainingEvent | TrainedModel>,
): Observable<TrainingEvent | TrainedModel> {
  return new Observable((subscriber) => {
    const abort = new AbortController()
    subscriber.add(() => abort.abort())
    const generated = async () => {
      for await (const value of generate(abort.signal)) {
        // nobody is left to free the model's tensors
        if (subscriber.closed && value.kind === 'model') value.classifier.dispose()
        subscriber.next(value)
      }
    }
    generated().then(
      () => subscriber.complete(),
      (error: unknown) => {
        if (!abort.signal.aborted) subscriber.error(error)
      },
    )
  })
}
