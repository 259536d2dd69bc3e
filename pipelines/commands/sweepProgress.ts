import type { Progress } from '../../operators/flow/progress.js'
import type { PlanStanding } from '../sweep/tally.js'
import { jsonLine } from './jsonLine.js'
import { progressBar, type ProgressBar } from './progressBar.js'

/** Shows how a plan stands, and how far its steps are. */
export interface SweepProgress extends ProgressBar {
  readonly onStanding: (standing: PlanStanding) => void
}

/**
 * Progress of a plan: on a terminal a bar of the steps above those of the steps that run, elsewhere lines, and with `json` a line of
 * JSON on standard output whenever a step ends, every second at most.
 *
 * @param workers what is left is shared by
 * @param options.silent nothing is shown at all
 */
export function sweepProgress(
  label: string,
  workers: number,
  {
    json = false,
    silent = false,
  }: { readonly json?: boolean | undefined; readonly silent?: boolean | undefined },
): SweepProgress {
  const bar = progressBar({ silent: json || silent, brief: true })
  const began = performance.now()
  let first: PlanStanding | undefined
  let last = -Infinity
  const onStanding = (standing: PlanStanding) => {
    first ??= standing
    const { steps, done, running, failed, blocked, secondsLeft } = standing
    const seconds = (performance.now() - began) / 1000
    const made = done - first.done
    const isOver = done + failed + blocked === steps
    const rate = seconds > 0 ? made / seconds : 0
    const left =
      isOver || secondsLeft === undefined
        ? undefined
        : secondsLeft / Math.max(1, Math.min(workers, steps - done))
    if (json) {
      if (seconds - last < 1 && !isOver) return
      last = seconds
      const told = {
        kind: 'progress',
        name: label,
        steps,
        done,
        running,
        failed,
        blocked,
        seconds: Number(seconds.toFixed(1)),
      }
      console.log(
        jsonLine({
          ...told,
          stepsPerHour: Math.round(rate * 3600),
          secondsLeft: left && Math.round(left),
        }),
      )
      return
    }
    const more = [
      `${running} running`,
      failed > 0 && `${failed} failed`,
      blocked > 0 && `${blocked} kept back`,
    ].filter(Boolean)
    const progress: Progress = {
      ...{ label, unit: `steps, ${more.join(', ')}`, state: isOver ? 'complete' : 'running' },
      ...{ done, total: steps, seconds, rate, secondsLeft: left },
    }
    bar.onProgress(progress)
  }
  return { ...bar, onStanding }
}
