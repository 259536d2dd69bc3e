import { BlindspotError, perform, type Executor, type Lake, type Task } from 'blindspot'
import { outcomeOf } from '../../../pipelines/sweep/children/outcomeOf.js'

/** Performs steps in this process, as a child does in its own. */
export function hereExecutor(
  lake: Lake,
  { slots = 2, onTask }: { slots?: number; onTask?: (task: Task) => void } = {},
): Executor {
  return {
    slots,
    async perform(task, { signal, onProgress, onBegin } = {}) {
      onTask?.(task)
      onBegin?.()
      try {
        await perform(lake, task.step, { workers: 0, ...task.effort, signal, onProgress })
        return { kind: 'done' }
      } catch (error) {
        if (signal?.aborted) return { kind: 'interrupted' }
        if (!(error instanceof BlindspotError)) throw error
        return outcomeOf(error)
      }
    },
    close: () => Promise.resolve(),
  }
}
