import { defer, tap, type MonoTypeOperatorFunction } from 'rxjs'
import { requireKnown } from '../options/knownOptions.js'

/** Where a stream stands. */
export interface Progress {
  readonly label: string
  /** What is counted, such as `images`. */
  readonly unit: string
  readonly state: 'running' | 'complete' | 'failed' | 'cancelled'
  /** Units done, those before the subscription among them. */
  readonly done: number
  /** Units in all; undefined where nobody knows. */
  readonly total: number | undefined
  /** Seconds since the subscription. */
  readonly seconds: number
  /** Units per second of this subscription, over its whole time; 0 at the start. */
  readonly rate: number
  /** Seconds until the end; undefined while it cannot be told. */
  readonly secondsLeft: number | undefined
}

/** Options of `progress`. */
export interface ProgressOptions<T> {
  readonly label: string
  readonly onProgress: (progress: Progress) => void
  /** Units in all, for the time left. Default: unknown. */
  readonly total?: number | undefined
  /** Units that are done already, of those in all: of work that goes on. Default 0. */
  readonly before?: number | undefined
  /** What is counted, such as `images`. Default: none. */
  readonly unit?: string | undefined
  /** Units in a value, such as a batch's rows. Default: 1. */
  readonly count?: ((value: T) => number) | undefined
  /** Least milliseconds between two reports while it runs. Default 200: five times a second. */
  readonly every?: number | undefined
}

/**
 * Passes everything through and reports count, rate and time left, at the start, now and then, and at the
 * end, however it ends. Synchronous: backpressure passes through it.
 *
 * @example
 * const told = progress<ImageBatch>({ label: 'read', unit: 'images', count: (batch) => batch.index.length, onProgress: console.log })
 * await lastValueFrom(mnist('test', { limit: 256 }).pipe(told))
 */
export function progress<T>(options: ProgressOptions<T>): MonoTypeOperatorFunction<T> {
  requireKnown<ProgressOptions<T>>('progress', options, {
    label: true,
    onProgress: true,
    total: true,
    before: true,
    unit: true,
    count: true,
    every: true,
  })
  const { label, onProgress, total, before = 0, unit = '', count = () => 1, every = 200 } = options
  return (source) =>
    defer(() => {
      const start = performance.now()
      let done = before
      let reported = start
      const report = (state: Progress['state'], now: number) => {
        reported = now
        const seconds = (now - start) / 1000
        const rate = seconds > 0 ? (done - before) / seconds : 0
        const secondsLeft = total === undefined || rate === 0 ? undefined : Math.max(0, total - done) / rate
        onProgress({ label, unit, state, done, total, seconds, rate, secondsLeft })
      }
      return source.pipe(
        tap({
          subscribe: () => report('running', start),
          next: (value) => {
            done += count(value)
            const now = performance.now()
            if (now - reported >= every) report('running', now)
          },
          complete: () => report('complete', performance.now()),
          error: () => report('failed', performance.now()),
          unsubscribe: () => report('cancelled', performance.now()),
        }),
      )
    })
}
