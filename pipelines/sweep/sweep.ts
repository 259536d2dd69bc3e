import { availableParallelism } from 'node:os'
import type { Lake } from '../../sinks/lake/lake.js'
import type { Results } from '../results.js'
import { absolute, within } from '../../sources/place.js'
import { disk } from '../../sources/store.js'
import type { SweepTables } from '../tables/dataSet.js'
import type { Executor } from './executor.js'
import { performPlan } from './performPlan.js'
import { checkPlanOptions, PLAN_OPTIONS, type PlanOptions, type PlanResult } from './planOptions.js'
import { nameOf, savedAs, saveSweep } from './spec/savedSweeps.js'
import { stepsOf } from './spec/sweepSteps.js'
import { checkSweep, type SweepSpec } from './spec/sweepSpec.js'
import { onlyKnown, requireKnown } from '../../operators/options/knownOptions.js'
import { requireText } from '../../operators/options/requireKinds.js'

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
  /** Make tables, figures and the page `OUT/report.html` where they are not of all that is there, but not of a shard. Default true. */
  readonly report?: boolean | undefined
}

export interface SweepResult extends PlanResult {
  readonly name: string
  /** The data set's folder. */
  readonly folder: string
  /** What the data set says, where it was asked for. */
  readonly results: Results<keyof SweepTables | 'accuracy'> | undefined
}

/**
 * Performs a sweep: what its data set has is not made again, what is interrupted, killed or has failed is gone on with by the same
 * call; any number of processes may be at the same sweep.
 *
 * @throws BlindspotError `bad-option` for a spec that is none, before anything is done; those of `performPlan`
 * @example
 * const train = { architecture: 'FC10', lambda: [1e-4, 1], seed: { from: 1, to: 3 }, limit: 1000 }
 * const { done, failures } = await sweep({ train }, { out: 'results-sweep', workers: 4 })
 */
export async function sweep(spec: SweepSpec, options: SweepOptions): Promise<SweepResult> {
  requireKnown<SweepOptions>('sweep', options, {
    out: true,
    report: true,
    ...PLAN_OPTIONS,
    workers: true,
    queue: true,
  })
  checkPlanOptions('sweep', options)
  requireText('sweep: out', options.out, 'the path of a folder')
  const checked = checkSweep(spec)
  const steps = stepsOf(checked)
  const { out, report = true, shard, signal } = options
  const { withLake } = await import('../../sinks/lake/withLake.js')
  // first: where it cannot be had, nothing is written
  const executor = await executorFor(absolute(out), options)
  const perform = async (lake: Lake) => {
    const end = async () => {
      await executor.close()
      await lake.checkpoint()
    }
    try {
      await saveSweep(lake.folder, checked)
      const result = await performPlan(lake, steps, executor, onlyKnown<PlanOptions>(options, PLAN_OPTIONS))
      await end()
      return { lake, result }
    } catch (error) {
      // the first error says why, such as a full disk
      await end().catch(() => undefined)
      throw error
    }
  }
  const { lake, result } = await withLake(out, perform, [savedAs(checked)]).catch(async (error: unknown) => {
    await executor.close().catch(() => undefined)
    throw error
  })
  const isAsked = report && shard === undefined && (result.made > 0 || !(await isReported(lake)))
  const results = isAsked ? await resultsIn(lake, signal) : undefined
  return { name: nameOf(checked), folder: lake.folder, ...result, results }
}

async function resultsIn(lake: Lake, signal: AbortSignal | undefined): Promise<SweepResult['results']> {
  const { resultsOf } = await import('../results.js')
  return resultsOf(lake, {
    choose: ({ sweep: tables, accuracy }) => ({ ...tables, accuracy }),
    ...{ restriction: {}, drawn: [], signal },
  })
}

/** Whether a data set has a page that is no older than its last commit. */
async function isReported(lake: Lake): Promise<boolean> {
  const last = (await lake.files()).at(-1)
  if (!last) return true
  const page = within(lake.folder, 'report.html')
  const [pageFound, file] = await Promise.all([disk.stat(page), disk.stat(last.path)])
  return pageFound !== undefined && (file === undefined || pageFound.modified >= file.modified)
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
  const { localExecutor } = await import('./children/local.js')
  return localExecutor(folder, { workers })
}
