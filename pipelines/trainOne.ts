import { formatArchitecture, parseArchitecture } from '../operators/architecture.js'
import type { ModelRecord } from '../operators/records/model.js'
import { BlindspotError } from '../operators/errors.js'
import { useBackend } from '../operators/tensor/backend.js'
import { openLake } from '../sinks/lake/lake.js'
import { parseSource } from '../sources/source.js'
import type { IntoOptions } from './steps/attack.js'
import { identity } from '../operators/records/identity.js'
import { provenance } from './steps/provenance.js'
import { trainInto } from './steps/train.js'
import { trainModel, type Training } from './trainModel.js'

/** Trains one network into a folder that is both a model and the data set of its training. */
export async function trainOne(training: Training, into: IntoOptions): Promise<ModelRecord> {
  const { folder, seed, name = formatArchitecture(parseArchitecture(training.architecture)) } = training
  if (name === '' || name.length > 100) {
    throw new BlindspotError('bad-option', `name: expected 1 to 100 characters, got ${name.length}`)
  }
  // the options are checked before anything is written
  const trained = trainModel(training)
  await useBackend(training.backend)
  const lake = await openLake(folder)
  const { data, test } = training
  const step = identity({
    ...training,
    data: await parseSource(data).identity(),
    test: test === undefined ? undefined : await parseSource(test).identity(),
    folder: undefined,
    backend: undefined,
  })
  const made = await provenance()
  return lake.exclusively('train', () => {
    if (lake.files({ table: 'models' }).some((file) => file.step !== step)) {
      throw new BlindspotError(
        'bad-option',
        `${folder} holds another model, or this one trained otherwise; choose another --out`,
      )
    }
    return trainInto(
      lake,
      {
        step,
        training: trained,
        name,
        provenance: { ...made, training },
        metadata: { seed },
      },
      into,
    )
  })
}
