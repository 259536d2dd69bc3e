import type { Classifier, ModelReference } from '../../operators/classifier.js'
import type { Backend, BackendName } from '../../operators/tensor/backend.js'
import { modelReference } from '../../operators/tensor/modelReference.js'
import { parseSource, type Source } from '../../sources/source.js'
import { remembered } from './remembered.js'
import type { StepModel } from './stepModel.js'
import { trainedName } from './trainNames.js'
import type { TrainSpec } from './trainSpec.js'
import { from } from '../../sources/place.js'
import { localFolder } from '../../sources/objects/localFolder.js'

/**
 * The models that steps use, one after the other, and the sources of their images: each model is loaded once, and TensorFlow with
 * the first; what a source has is found out once.
 */
export class Models {
  readonly #loaded = new Map<string, Promise<Classifier>>()
  readonly #untrained = new Map<string, Promise<Classifier | undefined>>()
  readonly #sources = new Map<string, Source>()
  readonly #identities = new Map<string, Promise<string>>()

  /**
   * @param folder of the data set
   * @param backend default: as `useBackend` chooses
   */
  constructor(
    readonly folder: string,
    readonly backend?: BackendName,
  ) {}

  /** Where a model is, from everywhere. */
  placeOf(model: StepModel): string {
    return from(this.folder, 'train' in model ? model.train.folder : model.path)
  }

  /** What tells the model from others; its file is read, TensorFlow is not needed. */
  async reference(model: StepModel): Promise<ModelReference> {
    const folder = await localFolder(this.placeOf(model))
    if ('train' in model) return modelReference(folder, { name: trainedName(model.train) })
    const { name, preprocess } = model
    return modelReference(folder, {
      ...(name !== undefined && { name }),
      ...(preprocess !== undefined && { preprocess: await localFolder(from(this.folder, preprocess)) }),
    })
  }

  /** The model itself, which stays this object's. */
  async classifier(model: StepModel): Promise<Classifier> {
    return this.#loadedOnce(await this.reference(model))
  }

  /** The model before its training, where its file tells how it began; it stays this object's. */
  async untrained(model: StepModel): Promise<Classifier | undefined> {
    const reference = await this.reference(model)
    const classifier = await this.#loadedOnce(reference)
    const { untrainedClassifier } = await import('../../operators/tensor/training/untrained.js')
    const folder = await localFolder(this.placeOf(model))
    return once(this.#untrained, JSON.stringify(reference), () =>
      untrainedClassifier(folder, classifier, reference.preprocess),
    )
  }

  /** The source that a text names. */
  source(text: string): Source {
    return once(this.#sources, text, () => remembered(parseSource(text)))
  }

  /** The identity of the model that a training makes, found out once. */
  identity(training: TrainSpec, find: () => Promise<string>): Promise<string> {
    return once(this.#identities, JSON.stringify(training), find)
  }

  /** Chooses the backend of this thread, which loading a model does too. */
  async useBackend(): Promise<Backend & { readonly versions: Readonly<Record<string, string>> }> {
    const { backendVersions, useBackend } = await import('../../operators/tensor/backend.js')
    return { ...(await useBackend(this.backend)), versions: await backendVersions() }
  }

  /** Disposes of all models that were loaded. */
  async dispose(): Promise<void> {
    const all = [...this.#loaded.values(), ...this.#untrained.values()]
    this.#loaded.clear()
    this.#untrained.clear()
    for (const one of await Promise.allSettled(all)) if (one.status === 'fulfilled') one.value?.dispose()
  }

  #loadedOnce(reference: ModelReference): Promise<Classifier> {
    return once(this.#loaded, JSON.stringify(reference), () => this.#load(reference))
  }

  async #load(reference: ModelReference): Promise<Classifier> {
    await this.useBackend()
    const { loadReference } = await import('../../operators/engine/classifiers.js')
    return loadReference(reference)
  }
}

/** What a key stands for, begun by the first who asks. */
function once<T>(all: Map<string, T>, key: string, begin: () => T): T {
  const begun = all.get(key) ?? begin()
  all.set(key, begun)
  return begun
}
