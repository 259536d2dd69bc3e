import { join } from 'node:path'
import { from } from 'rxjs'
import { consume } from '../operators/flow/consume.js'
import { mapConcurrent } from '../operators/flow/mapConcurrent.js'
import type { ModelRecord } from '../operators/records/model.js'
import { readModelFile } from '../operators/tensor/modelFile.js'
import { readRecords } from '../sources/records.js'
import type { Half } from '../sources/select.js'
import type { Experiment } from './paperSteps.js'
import { identity } from '../operators/records/identity.js'
import type { Trained, Training } from './trainModel.js'
import { trainInto } from './steps/train.js'
import { inWorker } from './steps/thread.js'

/** A network of an experiment. */
export interface ExperimentModel {
  readonly record: ModelRecord
  /** Where its `model.json` is. */
  readonly folder: string
}

interface Plan {
  readonly name: string
  readonly step: string
  readonly training: Training
}

/** Part of every training's identity: raised when a recipe changes what comes out. */
const RECIPES = 2
const QUICK_RECIPE = { epochs: 8, iterations: 60 }

/** A network to train. */
export interface ExperimentNetwork {
  readonly name: string
  /** In its short form. */
  readonly architecture: string
  /** Of the initial weights and the shuffles. */
  readonly seed: number
  /** Trained on this half of the training images alone. */
  readonly half?: Half | undefined
  /** Default: the recipe's. */
  readonly epochs?: number | undefined
}

/**
 * The networks of an experiment, each trained in a worker thread of its own, several side by side, unless the
 * data set has it: tables `models` and `training`, and `networks/NAME/model.json`.
 *
 * @param networks longest training first makes the cores end together
 */
export async function trainModels(
  experiment: Experiment,
  networks: readonly ExperimentNetwork[],
): Promise<ReadonlyMap<string, ExperimentModel>> {
  const plans = await Promise.all(networks.map((network) => planOf(experiment, network)))
  const done = await Promise.all(plans.map((plan) => committed(experiment, plan)))
  const missing = plans.filter((_, i) => done[i] === undefined)
  const trainings = from(missing).pipe(
    mapConcurrent((plan, _, signal) => trainOne(experiment, plan, signal), {
      concurrency: experiment.workers,
      ordered: false,
    }),
  )
  await consume(trainings, () => undefined, { signal: experiment.signal })
  const models = plans.map(async (plan): Promise<[string, ExperimentModel]> => {
    return [plan.name, { record: await recordOf(experiment, plan), folder: plan.training.folder }]
  })
  return new Map(await Promise.all(models))
}

async function planOf(
  { lake, seed: shuffle, quick, backend, images: all, half: imagesOf, test }: Experiment,
  { name, architecture, seed, half, epochs }: ExperimentNetwork,
): Promise<Plan> {
  const options = quick ? QUICK_RECIPE : epochs === undefined ? {} : { epochs }
  const images = half === undefined ? all : await imagesOf(half)
  return {
    name,
    step: identity({ train: RECIPES, architecture, seed, images: images.selection, options }),
    training: {
      architecture,
      name,
      data: images.source,
      test: (await test()).source,
      limit: quick ? images.count : undefined,
      shuffle,
      seed,
      options,
      folder: join(lake.folder, 'networks', name),
      backend,
    },
  }
}

/** The row of a training that is done, of which the model is there and the same. */
async function committed({ lake }: Experiment, { step, training }: Plan): Promise<ModelRecord | undefined> {
  const path = lake.files({ table: 'models', step }).at(0)?.path
  if (path === undefined) return undefined
  try {
    const { weightsHash } = await readModelFile(training.folder)
    for await (const [record] of readRecords('models', path)) {
      if (record.weightsHash === weightsHash) return record
    }
  } catch {
    // lost or damaged since: trained again
  }
  return undefined
}

async function trainOne(experiment: Experiment, plan: Plan, signal: AbortSignal): Promise<void> {
  const { lake, onProgress, provenance, seed, quick } = experiment
  await trainInto(
    lake,
    {
      step: plan.step,
      training: inWorker<Trained>(new URL('./steps/stepThread.js', import.meta.url), plan.training),
      name: plan.name,
      provenance,
      metadata: { seed, quick },
    },
    { signal, onProgress },
  )
}

async function recordOf(experiment: Experiment, plan: Plan): Promise<ModelRecord> {
  const record = await committed(experiment, plan)
  if (record) return record
  throw new Error(`${plan.name} was trained and is not in the data set`)
}
