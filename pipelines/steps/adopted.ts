import type { ModelRecord } from '../../operators/records/model.js'
import type { TrainingEvent } from '../../operators/records/training.js'
import type { Unreadable } from '../../operators/records/unreadable.js'
import { copyModel } from '../../operators/tensor/copyModel.js'
import { readRecords } from '../../sources/records.js'
import type { Work } from './stepKind.js'
import { trainedRecord } from './trainedRecord.js'
import type { TrainSpec } from './trainSpec.js'
import { configurationOf, trainedName } from './trainNames.js'
import { from } from '../../sources/place.js'
import { localFolder } from '../../sources/objects/localFolder.js'
import { writingTo } from '../../sources/objects/writingTo.js'

/** The rows of a training. */
export interface TrainedRows {
  readonly record: ModelRecord
  readonly events: readonly TrainingEvent[]
  readonly lost: readonly Unreadable[]
  /** What computed, where that is not this thread's backend. */
  readonly versions?: Readonly<Record<string, string>>
}

/** The same training's rows where the data set has it by another name: its model is copied, nothing is trained again. */
export async function adopted(spec: TrainSpec, key: string, work: Work): Promise<TrainedRows | undefined> {
  const twins = work
    .files({ table: 'models' })
    .filter(({ step, metadata }) => metadata['training'] === key && step !== work.id)
  for (const file of twins.reverse()) {
    const folder = file.metadata['folder']
    if (typeof folder !== 'string') continue
    const record = await trainedRecord(work, folder, [file])
    if (!record) continue
    const model = trainedName(spec)
    const { run } = work
    const there = await localFolder(from(work.folder, folder))
    await writingTo(from(work.folder, spec.folder), (here) => copyModel(there, here, model), ['model.json'])
    const [events, lost]: [TrainingEvent[], Unreadable[]] = [[], []]
    for (const { path } of work.files({ table: 'training', step: file.step }))
      for await (const rows of readRecords('training', path))
        events.push(...rows.map((event) => ({ ...event, model, run })))
    for (const { path } of work.files({ table: 'errors', step: file.step }))
      for await (const rows of readRecords('errors', path)) lost.push(...rows)
    const own = { model, run, configuration: configurationOf(spec) }
    return { record: { ...record, ...own }, events, lost, versions: { backend: record.backend } }
  }
  return undefined
}
