import { resolve } from 'node:path'
import {
  attackStep,
  modelReference,
  openLake,
  perform,
  performAll,
  trainedRecord,
  trainStep,
  type AttackSpec,
  type Effort,
  type ModelRecord,
  type Performed,
  type TrainSpec,
} from 'blindspot'
import { rankingOf } from '../../pipelines/commands/rank.js'
import { scoringOf } from '../../pipelines/commands/score.js'
import { askData } from '../../pipelines/tables/askData.js'
import { scoreLines, type ScoreLine } from '../../pipelines/tables/scores.js'

/** Trains one network into a folder, as `blindspot train` does. */
export async function trainInto(folder: string, spec: Omit<TrainSpec, 'folder'>): Promise<ModelRecord> {
  const lake = await openLake(folder)
  const { files } = await perform(lake, trainStep({ ...spec, folder: '.' }))
  const record = await trainedRecord(
    lake,
    '.',
    files.filter(({ table }) => table === 'models'),
  )
  if (!record) throw new Error('a training has a record')
  return record
}

/** Attacks a model in this thread, as `blindspot attack` does. */
export async function attackInto(
  out: string,
  model: string,
  data: string,
  { limit, ...spec }: Partial<AttackSpec> & Pick<Effort, 'limit'> = {},
): Promise<Performed> {
  const step = attackStep({ ...spec, model: { path: resolve(model) }, images: { source: data } })
  return perform(await openLake(out), step, { limit, workers: 0 })
}

/** Shows examples to models, as `blindspot score` does. */
export async function scoreInto(
  out: string,
  examples: string,
  options: { models: string[]; noise?: number[]; amplify?: number; clip?: boolean; seed?: number },
): Promise<readonly ScoreLine[]> {
  const lake = await openLake(out)
  const steps = await scoringOf(examples, { seed: 1, ...options })
  const performed = await performAll(
    lake,
    steps.map((step) => ({ step, effort: {} })),
  )
  const models = await Promise.all(options.models.map(async (path) => (await modelReference(path)).name))
  return askData(lake, (database) => scoreLines(database, { runs: performed.map(({ id }) => id), models }))
}

/** Ranks images along the directions of a layer, as `blindspot rank` does. */
export async function rankInto(
  out: string,
  model: string,
  options: Parameters<typeof rankingOf>[1],
): Promise<Performed> {
  return perform(await openLake(out), await rankingOf(model, options))
}
