import { dirname, join } from 'node:path'
import type { Preprocess } from '../../classifier/preprocess.js'
import { BlindspotError } from '../../errors.js'
import { inFile, reason } from './bad.js'
import { noPreparation, preparationFrom, type Preparation } from './preprocess.js'
import { readJsonIfThere, readNamedJson } from './readJson.js'

/** A preparation, and what errors about it name. */
export interface ReadPreparation extends Preparation {
  readonly place: string
}

/**
 * What is done to an image before a network sees it: what code says, a file of somebody's own, or else the preprocess.json beside its model.json.
 *
 * @param model the model.json
 * @param input shape of one of the network's own inputs
 * @throws BlindspotError `bad-model` for a file, which it names, and `bad-option` for `given` and where it names no file
 */
export async function readPreparation(
  model: string,
  input: readonly number[],
  given: Preprocess | string | undefined,
): Promise<ReadPreparation> {
  if (typeof given === 'string') {
    const json = await readNamedJson(given)
    return inFile(given, () => ({ ...preparationFrom(json, input), place: given }))
  }
  if (given !== undefined) {
    try {
      return { ...preparationFrom(given, input), place: model }
    } catch (cause) {
      throw new BlindspotError('bad-option', `preprocess for ${model}: ${reason(cause)}`, { cause })
    }
  }
  const place = join(dirname(model), 'preprocess.json')
  const json = await readJsonIfThere(place)
  if (json === undefined) return inFile(model, () => ({ ...noPreparation(input), place: model }))
  return inFile(place, () => ({ ...preparationFrom(json, input), place }))
}
