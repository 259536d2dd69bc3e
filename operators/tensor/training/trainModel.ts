import { formatArchitecture, type Architecture } from '../../architecture.js'
import type { Classifier } from '../../classifier.js'
import { classify } from '../../classifier/classify.js'
import type { TrainingEvent } from '../../records/training.js'
import { useBackend } from '../backend.js'
import type { Json } from '../modelFile.js'
import { trainLayers } from './phases.js'
import { provenanceOf, type Provenance } from './provenance.js'
import type { Recipe } from './recipe.js'
import { Trained } from './trained.js'
import type { TrainingSet } from './trainingSet.js'
import { nextTurn } from './turn.js'

/** A network that has been trained. */
export interface TrainedModel {
  readonly kind: 'model'
  /** The network; it belongs to whoever receives it, and is to be disposed of. */
  readonly classifier: Classifier
  readonly provenance: Provenance
  /**
   * Writes a TensorFlow.js layers model, `model.json` with the provenance and `weights.bin`, into a folder;
   * `loadClassifier` gives the same logits, bit for bit, from it.
   */
  save(folder: string): Promise<void>
}

/** Images per evaluation. */
const ROWS = 4096

/** Trains a network: an event an epoch or iteration, then the model. Once `signal` is aborted it throws. */
export async function* trainModel(
  architecture: Architecture,
  name: string | undefined,
  recipe: Recipe,
  set: TrainingSet,
  signal: AbortSignal,
): AsyncGenerator<TrainingEvent | TrainedModel, void, undefined> {
  await useBackend()
  const model = name ?? formatArchitecture(architecture)
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  const history: TrainingEvent[] = []
  const training = trainLayers(set, architecture, recipe, signal)
  let progress = await training.next()
  while (progress.done !== true) {
    const { phase, epoch, epochs, loss, error } = progress.value
    const event = {
      kind: 'training',
      model,
      phase,
      epoch,
      epochs,
      loss,
      trainError: error,
      seconds: seconds(),
    } as const
    history.push(event)
    yield event
    progress = await training.next()
  }
  const trained = new Trained(model, architecture, set.shape, progress.value)
  const classifier = trained.classifier()
  let handedOver = false
  try {
    const trainError = (await errorsOf(classifier, set, signal)) / set.size
    const { weightsHash } = trained
    const result = { model, weightsHash, trainError, seconds: seconds(), history: history.map(shortened) }
    const provenance = await provenanceOf(architecture, recipe, set, result)
    handedOver = true
    yield {
      kind: 'model',
      classifier,
      provenance,
      save: (folder) => trained.save(folder, provenance as unknown as Json),
    }
  } finally {
    if (!handedOver) classifier.dispose()
  }
}

async function errorsOf(classifier: Classifier, set: TrainingSet, signal: AbortSignal): Promise<number> {
  let errors = 0
  for (let from = 0; from < set.size; from += ROWS) {
    await nextTurn(signal)
    const labels = set.labels.subarray(from, from + ROWS)
    const pixels = new Float32Array(labels.length * set.values)
    for (let row = 0; row < labels.length; row++) set.copy(from + row, pixels, row * set.values)
    const index = Int32Array.from(labels, (_, row) => from + row)
    const predicted = classify(classifier, { dataset: 'training', split: 'set', index }, pixels)
    errors += predicted.filter((k, row) => k !== labels[row]).length
  }
  return errors
}

function shortened({ phase, epoch, loss, trainError, seconds }: TrainingEvent) {
  return { phase, epoch, loss, ...(Number.isNaN(trainError) ? {} : { trainError }), seconds }
}
