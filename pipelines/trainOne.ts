import { formatArchitecture, parseArchitecture } from '../operators/architecture.js'
import type { ModelRecord } from '../operators/records/model.js'
import { useBackend } from '../operators/tensor/backend.js'
import { openLake } from '../sinks/lake.js'
import type { IntoOptions } from './attackInto.js'
import { identity } from './identity.js'
import { provenance } from './provenance.js'
import { trainInto } from './trainInto.js'
import { trainModel, type Training } from './trainModel.js'

/** Trains one network into a folder that is both a model and the data set of its training. */
export async function trainOne(training: Training, into: IntoOptions): Promise<ModelRecord> {
  const { folder, seed, name = formatArchitecture(parseArchitecture(training.architecture)) } = training
  // the options are checked before anything is written
  const trained = trainModel(training)
  await useBackend(training.backend)
  return trainInto(
    await openLake(folder),
    {
      step: identity(training),
      training: trained,
      name,
      provenance: { ...(await provenance()), training },
      metadata: { seed },
    },
    into,
  )
}
