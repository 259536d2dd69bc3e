import type { SweepResult } from '../sweep/sweep.js'
import type { StepStanding, SweepStanding } from '../sweep/sweepStanding.js'
import { many } from '../tables/words.js'
import { timeText } from './timeText.js'

/** A plan for people: what of each kind there is and is done, what the rest takes, and its steps. */
export function planLines(
  { name, folder, all, steps, done, failed, secondsLeft }: SweepStanding,
  {
    workers,
    most,
    isLooked,
  }: { readonly workers: number; readonly most: number; readonly isLooked: boolean },
): readonly string[] {
  const kinds = [...new Set(all.map(({ kind }) => kind))]
  const perKind = kinds.map((kind) => {
    const own = all.filter((step) => step.kind === kind)
    const left = own.filter(({ state }) => state !== 'done')
    const seconds = left.reduce((sum, step) => sum + (step.seconds ?? NaN), 0)
    const time =
      left.length === 0
        ? ''
        : Number.isNaN(seconds)
          ? ', none measured yet'
          : `, about ${timeText(seconds)} of one worker`
    return `  ${kind.padEnd(8)} ${many(own.length, 'step')}, ${own.length - left.length} done${time}`
  })
  const left = steps - done
  const time =
    left === 0
      ? 'nothing is left to do'
      : secondsLeft === undefined
        ? `${many(left, 'step')} left; how long they take is known when one of each kind is done`
        : `${many(left, 'step')} left, about ${timeText(secondsLeft / Math.min(workers, left))} with ${many(workers, 'worker')}, by the steps that were measured`
  const width = Math.max(...all.slice(0, most).map(({ state }) => state.length))
  return [
    `sweep ${name}: ${many(steps, 'step')}${isLooked ? ` in ${folder}, ${done} done${failed > 0 ? `, ${failed} failed` : ''}` : ''}`,
    ...perKind,
    ...all.slice(0, most).map((step) => `  ${step.state.padEnd(width)}  ${step.name}`),
    ...(all.length > most ? [`  … and ${all.length - most} more; --all names them`] : []),
    time,
  ]
}

/** How a sweep stands, for people: who is at what, and what has failed. */
export function statusLines({
  name,
  all,
  steps,
  done,
  failed,
  blocked,
  secondsLeft,
}: SweepStanding): readonly string[] {
  const running = all.filter(({ state }) => state === 'elsewhere')
  const broken = all.filter(({ state }) => state === 'failed')
  const left = steps - done - failed - blocked
  return [
    `sweep ${name}: ${done} of ${many(steps, 'step')} done, ${running.length} running, ${failed} failed, ${blocked} kept back by these` +
      (left === 0
        ? ''
        : secondsLeft === undefined
          ? ''
          : `; about ${timeText(secondsLeft)} of one worker left`),
    ...running.map((step) => `  running  ${step.name}: ${step.owner ?? ''}`),
    ...broken.map(failureLine),
    ...(failed > 0
      ? ['  the table errors has their logs; sweep run … --errored retry tries them again']
      : []),
  ]
}

const failureLine = ({ name, failure }: StepStanding) =>
  `  failed   ${name}${failure ? `, tried ${many(failure.attempt, 'time')}: ${failure.message}` : ''}`

/** What came of a run. */
export function endLines(
  { folder, steps, done, made, failed, blocked, failures, results }: SweepResult,
  label: string,
  isShard: boolean,
): readonly string[] {
  return [
    `${label}: ${done} of ${many(steps, 'step')} done, ${made} in this run` +
      (failed + blocked > 0 ? `; ${failed} failed, ${blocked} kept back by these` : '') +
      `; ${folder}`,
    ...failures.map(({ name, message }) => `  failed  ${name}: ${message}`),
    ...reportLines(results),
    ...(isShard ? [`when the other shards have ended, too: blindspot report ${folder}`] : []),
    ...(failed > 0
      ? ['the table errors has their logs; the same call with --errored retry tries them again']
      : []),
  ]
}

const reportLines = (results: SweepResult['results']): readonly string[] => {
  if (!results) return []
  const { files, report } = results
  return [
    `tables ${files.join(' ')}`,
    'file' in report ? `report ${report.file}` : `no report: ${report.reason}`,
  ]
}
