import { inspect } from 'node:util'
import { BlindspotError, warnThrough } from '../../../operators/errors.js'
import type { Progress } from '../../../operators/flow/progress.js'
import type { Lake } from '../../../sinks/lake/lake.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { perform } from '../../steps/step.js'
import type { ChildMessage, ChildRequest } from './childMessages.js'
import type { Outcome } from '../executor.js'
import { outcomeOf } from './outcomeOf.js'

/** Milliseconds that a step has to commit what is whole after an error that nothing expected. */
const TO_COMMIT = 30_000

/** Performs the steps that this process' parent asks for, one after the other, and ends with it. */
export function obey(): void {
  let interrupt = new AbortController()
  let work = Promise.resolve()
  let uncaught: { readonly error: unknown } | undefined
  const send = (message: ChildMessage) =>
    new Promise<void>((resolve) => {
      // told to nobody where the parent is gone
      if (process.connected) process.send?.(message, undefined, undefined, () => resolve())
      else resolve()
    })
  const end = () => void work.then(() => process.exit())
  warnThrough((message) => void send({ kind: 'warning', message }))
  let lake: Lake | undefined
  // once for all steps: it looks at every file
  const lakeIn = async (folder: string): Promise<Lake> => {
    if (lake?.folder === folder) return lake
    // who asks has made the data set: a folder without one is another machine's, or not mounted here
    await openLake(folder, { readOnly: true })
    return (lake = await openLake(folder))
  }

  const performed = async ({
    folder,
    task,
  }: Extract<ChildRequest, { kind: 'perform' }>): Promise<Outcome> => {
    const { signal } = interrupt
    try {
      await perform(await lakeIn(folder), task.step, {
        workers: 0,
        ...task.effort,
        signal,
        onProgress: (progress: Progress) => void send({ kind: 'progress', progress }),
      })
      return { kind: 'done' }
    } catch (error) {
      if (uncaught) return outcomeOf(uncaught.error)
      if (signal.aborted) return { kind: 'interrupted' }
      // a mistake in this program: its trace goes into the log
      if (!(error instanceof BlindspotError)) process.stderr.write(`${inspect(error)}\n`)
      return outcomeOf(error)
    }
  }

  process.on('message', (request: ChildRequest) => {
    if (request.kind === 'begin') process.argv = [...request.argv]
    else if (request.kind === 'interrupt') interrupt.abort()
    else if (request.kind === 'close') end()
    else {
      interrupt = new AbortController()
      work = performed(request).then((outcome) =>
        send({ kind: 'ended', outcome, last: uncaught !== undefined }),
      )
    }
  })
  process.on('disconnect', () => {
    interrupt.abort()
    end()
  })
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${inspect(error)}\n`)
    uncaught ??= { error }
    setTimeout(() => process.exit(1), TO_COMMIT).unref()
    interrupt.abort()
    // nothing else is trusted to a process in this state
    void work.then(() => process.exit(1))
  })
}
