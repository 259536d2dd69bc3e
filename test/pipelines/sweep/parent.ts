// Attacks in a child process, and says when rows are there: for tests of what becomes of the child.
import { localExecutor } from '../../../pipelines/sweep/children/local.js'
import { attack, taskOf } from './work.js'

const [, , folder] = process.argv
await localExecutor(folder, { workers: 1 }).perform(await taskOf(folder, attack()), {
  onProgress: ({ done }) => done > 0 && process.send?.('at it'),
})
