import type { Progress } from '../operators/flow/progress.js'

/** Progress of work that counts for itself, as `progress` reports that of a stream. */
export interface CountedProgress {
  readonly onCount: (done: number, total: number) => void
  readonly end: (state: Progress['state']) => void
}

/** @param unit what is counted, such as `rows` */
export function countedProgress(
  label: string,
  unit: string,
  onProgress: (progress: Progress) => void,
): CountedProgress {
  const began = performance.now()
  let [done, total] = [0, 0]
  const report = (state: Progress['state']) => {
    const seconds = (performance.now() - began) / 1000
    const rate = seconds > 0 ? done / seconds : 0
    const secondsLeft = rate > 0 ? Math.max(0, total - done) / rate : undefined
    onProgress({ label, unit, state, done, total, seconds, rate, secondsLeft })
  }
  return {
    onCount: (...counts) => {
      ;[done, total] = counts
      report('running')
    },
    end: (state) => {
      if (total > 0) report(state)
    },
  }
}
