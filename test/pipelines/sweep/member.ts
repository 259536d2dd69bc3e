// Takes part in a queue in a process of its own: `work` or `ask`, with its arguments as JSON. Tells its parent what it does,
// and ends in order at SIGTERM.
import { queueExecutor } from '../../../pipelines/sweep/queue/queueExecutor.js'
import { work, type WorkOptions } from '../../../pipelines/sweep/queue/work.js'
import type { Asking, Told } from './members.js'

const [, , what, text] = process.argv
const tell = (told: Told) => void process.send?.(told)
const end = new AbortController()
process.on('SIGTERM', () => end.abort())
process.on('disconnect', () => process.exit())
try {
  if (what === 'work') {
    const { url, options } = JSON.parse(text) as { url: string; options: WorkOptions }
    await work(url, {
      ...options,
      signal: end.signal,
      onReady: () => tell({ kind: 'ready' }),
      onBegin: ({ step }) => tell({ kind: 'begun', name: step.name }),
      onEnd: ({ step }, outcome) => tell({ kind: 'ended', name: step.name, outcome }),
    })
  } else {
    const { url, folder, task, prefix, look } = JSON.parse(text) as Asking
    const executor = await queueExecutor(folder, url, { prefix, look })
    const { name } = task.step
    const outcome = await executor.perform(task, {
      signal: end.signal,
      onBegin: () => tell({ kind: 'begun', name }),
    })
    tell({ kind: 'ended', name, outcome })
    await executor.close()
  }
} catch (error) {
  tell({ kind: 'error', message: (error as Error).message })
}
process.exit()
