import { finalize, tap, type MonoTypeOperatorFunction } from 'rxjs'
import type { Progress } from '../../operators/flow/progress.js'
import type { ModelRecord } from '../../operators/records/model.js'
import type { TrainingEvent } from '../../operators/records/training.js'

/** What a training emits: its epochs, and the record of the saved model at the end. */
export type Trained = TrainingEvent | ModelRecord

/** Reports the epochs of each phase of a training, as `progress` does for counted streams. */
export function trainingProgress(
  onProgress: (progress: Progress) => void,
): MonoTypeOperatorFunction<Trained> {
  return (source) => {
    let running: Progress | undefined
    let began = 0
    let last = 0
    const end = (state: Progress['state']) => {
      // a training may converge before its last epoch
      if (running) onProgress({ ...running, state, ...(state === 'complete' && { total: running.done }) })
      running = undefined
    }
    return source.pipe(
      tap({
        next(event) {
          if (event.kind !== 'training') return
          const { model, phase, epoch, epochs, seconds } = event
          const label = `train ${model}${phase === 'network' ? '' : ` ${phase}`}`
          if (running?.label !== label) {
            end('complete')
            began = last
          }
          last = seconds
          const took = seconds - began
          const rate = took > 0 ? epoch / took : 0
          const secondsLeft = rate > 0 ? (epochs - epoch) / rate : undefined
          running = {
            label,
            unit: 'epochs',
            state: 'running',
            done: epoch,
            total: epochs,
            seconds: took,
            rate,
            secondsLeft,
          }
          onProgress(running)
        },
        complete: () => end('complete'),
        error: () => end('failed'),
      }),
      finalize(() => end('cancelled')),
    )
  }
}
