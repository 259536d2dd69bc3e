import { availableParallelism } from 'node:os'
import type { Executor } from '../executor.js'
import { StepProcesses, type StepProcessesOptions } from './stepProcesses.js'
import { absolute } from '../../../sources/place.js'
import { requireKnown } from '../../../operators/options/knownOptions.js'
import { requireText } from '../../../operators/options/requireKinds.js'

/** Options of `localExecutor`; `workers` is by default as many as there are cores. */
export type LocalOptions = Partial<StepProcessesOptions>

/**
 * Performs the steps of a data set in child processes of this machine; nothing else is needed.
 *
 * @param folder of the data set, which is there
 */
export function localExecutor(folder: string, options: LocalOptions = {}): Executor {
  requireKnown<LocalOptions>('localExecutor', options, {
    workers: true,
    stepsPerProcess: true,
    bytesPerProcess: true,
    threads: true,
    execArgv: true,
  })
  requireText('localExecutor', folder, 'the folder of a data set')
  const workers = options.workers ?? availableParallelism()
  const [root, processes] = [absolute(folder), new StepProcesses({ ...options, workers })]
  return {
    slots: workers,
    perform: (task, taskOptions) => processes.perform(root, task, taskOptions),
    close: () => processes.close(),
  }
}
