import type { Observable } from 'rxjs'
import { consume } from '../../operators/flow/consume.js'
import type { ModelRecord } from '../../operators/records/model.js'
import type { TrainingEvent } from '../../operators/records/training.js'
import type { Lake } from '../../sinks/lake/lake.js'
import type { IntoOptions } from './attack.js'
import type { Trained } from '../trainModel.js'
import { trainingProgress } from './trainingProgress.js'

/** How a training is written to a data set. */
export interface TrainStep {
  readonly step: string
  readonly training: Observable<Trained>
  /** Folder in the tables, under the key `name`. */
  readonly name: string
  readonly provenance: Readonly<Record<string, unknown>>
  /** Noted in the manifest. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Writes the tables `training` and `models` of one training; the second says that it is done. */
export async function trainInto(
  lake: Lake,
  { step, training, name, provenance, metadata }: TrainStep,
  { signal, onProgress }: IntoOptions,
): Promise<ModelRecord> {
  const events: TrainingEvent[] = []
  let record: ModelRecord | undefined
  await consume(
    training.pipe(trainingProgress(onProgress)),
    (event) => {
      if (event.kind === 'training') events.push({ ...event, run: step })
      else record = { ...event, run: step }
    },
    { signal },
  )
  if (!record) throw new Error(`the training of ${name} ended without a model`)
  const options = { step, partition: { name }, provenance, metadata }
  const trainingRows = lake.writer('training', options)
  await trainingRows.write(events)
  await trainingRows.close()
  const modelRow = lake.writer('models', options)
  await modelRow.write([record])
  await modelRow.close()
  return record
}
