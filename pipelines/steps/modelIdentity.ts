import type { ModelReference } from '../../operators/classifier.js'
import type { Framing } from '../../operators/classifier/framing.js'
import type { LakeFile } from '../../sinks/lake/lake.js'
import type { StepModel } from './stepModel.js'
import { identityOf, type Place, type Standing } from './stepKind.js'
import { trainIdentity } from './trainIdentity.js'
import type { TrainSpec } from './trainSpec.js'
import { trainedName } from './trainNames.js'

/** A model as the rows that are made with it depend on it, and how it takes photographs. */
export async function modelIdentity(
  model: StepModel,
  place: Place,
): Promise<{ readonly identity: ModelIdentity; readonly framing: Framing | undefined }> {
  if ('train' in model) {
    const { train } = model
    const training = await trainingOf(train, place)
    return { identity: { name: trainedName(train), training }, framing: train.images.framing }
  }
  const { name, weightsHash, framing } = await place.models.reference(model)
  return { identity: { name, weights: weightsHash }, framing }
}

/**
 * A model that is there is told by its weights. One that a step of the data set makes is told by that step, before it is made
 * as after: trained elsewhere its weights may have other bits.
 */
export type ModelIdentity =
  { readonly name: string; readonly weights: string } | { readonly name: string; readonly training: string }

/** A model's name and weights by what is committed; undefined where its training is not done. */
export async function committedModel(
  model: StepModel,
  { files, ...place }: Standing,
): Promise<Pick<ModelReference, 'name' | 'weightsHash'> | undefined> {
  if (!('train' in model)) return place.models.reference(model)
  const [file] = files({ table: 'models', step: await trainingOf(model.train, place) }).slice(-1)
  const weights = (file as LakeFile | undefined)?.metadata['weights']
  return typeof weights === 'string' ? { name: trainedName(model.train), weightsHash: weights } : undefined
}

const trainingOf = (train: TrainSpec, place: Place): Promise<string> =>
  place.models.identity(train, () => identityOf(trainIdentity, train, place))
