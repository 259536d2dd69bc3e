import { availableParallelism } from 'node:os'
import { openLake } from '../../sinks/lake/lake.js'
import type { Executor } from './executor.js'
import { performPlan, type PlanOptions, type PlanResult } from './performPlan.js'
import { nameOf, saveSweep } from './savedSweeps.js'
import { stepsOf } from './sweepSteps.js'
import { checkSweep, type SweepSpec } from './sweepSpec.js'

/** Where the steps of a plan are performed. */
export interface Place {
  /** Steps at once, in child processes of one thread each. Default: as many as there are cores. */
  readonly workers?: number | undefined
  /** A queue in place of processes of this machine: `redis://`, `rediss://`, `postgres://`; `blindspot worker` takes steps from it. */
  readonly queue?: string | undefined
}

export interface SweepOptions extends PlanOptions, Place {
  /** Folder of the data set. */
  readonly out: string
}

export interface SweepResult extends PlanResult {
  readonly name: string
  /** The data set's folder. */
  readonly folder: string
}

/**
 * Performs a sweep: what its data set has is not made again, what is interrupted, killed or has failed is gone on with by the same
 * call; any number of processes may be at the same sweep.
 *
 * @throws BlindspotError `bad-option` for a spec that is none, before anything is done; those of `performPlan`
 * @example
 * const spec = { train: { architecture: 'FC100-100-10', lambda: [1e-6, 1e-4], seed: { from: 1, to: 3 } } }
 * const { done, failures } = await sweep(spec, { out: 'results-sweep', workers: 4 })
 */
export async function sweep(spec: SweepSpec, options: SweepOptions): Promise<SweepResult> {
  const checked = checkSweep(spec)
  const steps = stepsOf(checked)
  const lake = await openLake(options.out)
  await saveSweep(lake.folder, checked)
  const executor = await executorFor(lake.folder, options)
  try {
    return {
      name: nameOf(checked),
      folder: lake.folder,
      ...(await performPlan(lake, steps, executor, options)),
    }
  } finally {
    await executor.close()
    await lake.checkpoint()
  }
}

/** What performs steps into a data set: processes of this machine, or a queue. */
export async function executorFor(
  folder: string,
  { workers = availableParallelism(), queue }: Place,
): Promise<Executor> {
  if (queue !== undefined) {
    const { queueExecutor } = await import('./queue/queueExecutor.js')
    return queueExecutor(folder, queue)
  }
  const { localExecutor } = await import('./local.js')
  return localExecutor(folder, { workers })
}
