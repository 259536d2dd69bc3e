// Attacks in a child process, so many images, and says when rows are there: for tests of what becomes of the child. Closes nothing.
import { localExecutor } from '../../../pipelines/sweep/children/local.js'
import { attack, taskOf } from './work.js'

const [, , folder, limit] = process.argv
await localExecutor(folder, { workers: 1 }).perform(
  await taskOf(folder, attack(), limit ? { limit: Number(limit) } : {}),
  {
    onProgress: ({ done }) => done > 0 && process.send?.('at it'),
  },
)
