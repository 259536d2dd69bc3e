import { unexpected } from '../../operators/options/unexpected.js'
import { requireArray } from '../../operators/options/requireKinds.js'
import { requireKnown } from '../../operators/options/knownOptions.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { requireLake } from '../../sinks/lake/requireLake.js'
import { Models } from '../steps/models.js'
import type { PlannedStep } from '../steps/stepKind.js'
import type { Executor } from './executor.js'
import { checkPlanOptions, PLAN_OPTIONS, type PlanOptions, type PlanResult } from './planOptions.js'

/**
 * Performs a plan: each step as soon as all that it needs is committed, as many at once as the executor takes. What is done is not
 * done again; a step that somebody else is at is waited for; one that fails keeps those back that need it, and no others.
 *
 * @throws the signal's reason; BlindspotError `io` for what no further step could go on with, such as a full disk; `bad-option` for an
 * executor without slots, or one that is closed before or meanwhile
 */
export async function performPlan(
  lake: Lake,
  steps: readonly PlannedStep[],
  executor: Executor,
  options: PlanOptions = {},
): Promise<PlanResult> {
  requireKnown<PlanOptions>('performPlan', options, PLAN_OPTIONS)
  checkPlanOptions('performPlan', options)
  requireArray('performPlan: steps', steps, '{ step, effort }')
  requireLake('performPlan', lake)
  requireExecutor(executor)
  const models = new Models(lake.folder, options.effort?.backend)
  try {
    const { PlanRun } = await import('./planRun.js')
    const { survey } = await import('./survey.js')
    const found = await survey(lake, steps, models, options.errored)
    return await new PlanRun(lake, found, executor, models, options).ended()
  } finally {
    await models.dispose()
  }
}

function requireExecutor(executor: unknown): void {
  const { perform, slots } = Object(executor) as Partial<Record<keyof Executor, unknown>>
  if (typeof perform !== 'function') throw unexpected('executor', 'one, such as localExecutor', executor)
  if (!(typeof slots === 'number' && slots >= 1))
    throw unexpected('executor: slots', 'a number from 1', slots)
}
