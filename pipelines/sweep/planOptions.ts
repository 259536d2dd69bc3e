import { unexpected } from '../../operators/options/unexpected.js'
import { requireKnown, type Known } from '../../operators/options/knownOptions.js'
import { requireOneOf } from '../../operators/options/requireKinds.js'
import type { Progress } from '../../operators/flow/progress.js'
import type { PlainEffort } from './executor.js'
import { checkEffort } from '../steps/effort.js'
import { requireShard, type Shard } from './shard.js'
import type { PlanStanding } from './tally.js'

/** What becomes of steps that have failed: `skip` leaves them, `retry` tries them again. */
export const ERRORED = ['skip', 'retry'] as const
export type Errored = (typeof ERRORED)[number]

export interface PlanOptions {
  /** What becomes of steps that failed in an earlier run. Default `skip`. */
  readonly errored?: Errored | undefined
  /** How often a step that fails is tried again in this run; -1: without end. Default 0. */
  readonly maxFailures?: number | undefined
  /** The part of the plan that is performed here. Default: all. */
  readonly shard?: Shard | undefined
  /** What every step's effort has beside its own. */
  readonly effort?: Pick<PlainEffort, 'backend' | 'batchSize' | 'workers' | 'notes' | 'writing'> | undefined
  readonly signal?: AbortSignal | undefined
  /** Told of each step's own progress. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Told how the plan stands, whenever that changes. */
  readonly onStanding?: ((standing: PlanStanding) => void) | undefined
}

/** What came of a plan. */
export interface PlanResult extends PlanStanding {
  /** Steps that this run has done. */
  readonly made: number
  /** The runs of the plan's rows that are there, in the plan's order. */
  readonly runs: readonly string[]
  /** The steps that have failed, and why. */
  readonly failures: readonly { readonly name: string; readonly message: string }[]
}

export const PLAN_OPTIONS: Known<PlanOptions> = {
  errored: true,
  maxFailures: true,
  shard: true,
  effort: true,
  signal: true,
  onProgress: true,
  onStanding: true,
}

/**
 * Checks how a plan is to be performed, before anything is written: a step's failure is noted in the data set.
 *
 * @param of whose options they are, which may have others beside
 * @throws BlindspotError `bad-option`
 */
export function checkPlanOptions(of: string, { errored, maxFailures, shard, effort }: PlanOptions): void {
  if (errored !== undefined) requireOneOf(`${of}: errored`, errored, ERRORED)
  if (maxFailures !== undefined && !(Number.isSafeInteger(maxFailures) && maxFailures >= -1))
    throw unexpected(`${of}: maxFailures`, 'a whole number from -1', maxFailures)
  if (shard !== undefined) requireShard(`${of}: shard`, shard)
  if (effort === undefined) return
  requireKnown<NonNullable<PlanOptions['effort']>>(`${of}: effort`, effort, {
    ...{ backend: true, batchSize: true, workers: true, notes: true, writing: true },
  })
  checkEffort(`${of}: effort`, effort)
}
