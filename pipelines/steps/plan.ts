import { from } from 'rxjs'
import { consume } from '../../operators/flow/consume.js'
import { mapConcurrent } from '../../operators/flow/mapConcurrent.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { Models } from './models.js'
import { perform, type Effort, type Performed, type Step } from './step.js'
import { performInThread } from './thread.js'

/** A step, and how much of it. */
export interface PlannedStep {
  readonly step: Step
  readonly effort: Pick<Effort, 'limit' | 'examples'>
}

/** Performs steps one after the other, in an order in which each has what it needs; each model is loaded once. */
export async function performAll(
  lake: Lake,
  steps: readonly PlannedStep[],
  effort: Effort = {},
): Promise<readonly Performed[]> {
  const models = new Models(lake.folder, effort.backend)
  const performed: Performed[] = []
  try {
    for (const { step, effort: own } of steps)
      performed.push(await perform(lake, step, { ...effort, ...own }, models))
    return performed
  } finally {
    await models.dispose()
  }
}

/**
 * Performs steps that need nothing of each other side by side, each in a thread of its own.
 *
 * @param threads at once; longest steps first makes them end together
 */
export async function performInThreads(
  lake: Lake,
  steps: readonly PlannedStep[],
  threads: number,
  effort: Effort = {},
): Promise<readonly Performed[]> {
  const all: Performed[] = []
  const performed = from(steps).pipe(
    mapConcurrent(
      ({ step, effort: own }, _, signal) => performInThread(lake, step, { ...effort, ...own, signal }),
      { concurrency: threads, ordered: false },
    ),
  )
  await consume(performed, (one) => void all.push(one), { signal: effort.signal })
  return all
}
