import { createRequire } from 'node:module'
import type { MultiBar, SingleBar } from 'cli-progress'
import { printable } from '../../operators/errors.js'
import type { Progress } from '../../operators/flow/progress.js'
import { timeText } from './timeText.js'
import { requireKnown } from '../../operators/options/knownOptions.js'

const require = createRequire(import.meta.url)

export interface ProgressBarOptions {
  /** Whether nothing is shown at all. Default false. */
  readonly silent?: boolean | undefined
  /** Where the progress is shown. Default standard error, so that standard output stays the result's. */
  readonly stream?: (NodeJS.WritableStream & { readonly isTTY?: boolean }) | undefined
  /** Whether a bar goes away with its work, of which there is more than a screen holds. Default false. */
  readonly brief?: boolean | undefined
  /** Milliseconds between two lines about one label where there is no terminal. Default 5000. */
  readonly every?: number | undefined
}

export interface ProgressBar {
  /** Shows the progress that `progress({ onProgress })` reports; one bar per label, several at a time. */
  readonly onProgress: (progress: Progress) => void
  /** Takes the bars of unfinished work off; needed only where a stream was left without an end. */
  stop(): void
}

/**
 * Shows progress: bars with rate and time left on a terminal, a line every few seconds elsewhere.
 *
 * @example
 * const bar = progressBar()
 * const told = progress<ImageBatch>({ label: 'read', total: 1, onProgress: bar.onProgress })
 * await lastValueFrom(mnist('test', { limit: 256 }).pipe(told))
 * bar.stop()
 */
export function progressBar(options: ProgressBarOptions = {}): ProgressBar {
  requireKnown<ProgressBarOptions>('progressBar', options, {
    silent: true,
    stream: true,
    brief: true,
    every: true,
  })
  const { silent = false, brief = false, stream = process.stderr, every = 5000 } = options
  if (silent) return { onProgress: () => undefined, stop: () => undefined }
  outlive(stream)
  return stream.isTTY ? bars(stream, brief) : lines(stream, every)
}

/** Columns of a bar; a brief one leaves those of a small terminal to its label. */
const sizeOf = (brief: boolean) => (brief ? 12 : 24)
/** Columns of a bar below which there is none. */
const LEAST_BAR = 4

const outlived = new WeakSet<NodeJS.WritableStream>()

/** Progress that nobody can read is no reason to end the work: a terminal that is gone, a log on a full disk. */
function outlive(stream: NodeJS.WritableStream): void {
  if (outlived.has(stream)) return
  outlived.add(stream)
  stream.on('error', () => undefined)
}

function bars(stream: NodeJS.WritableStream & { readonly columns?: number }, brief: boolean): ProgressBar {
  const running = new Map<string, SingleBar>()
  let group: MultiBar | undefined
  const stop = () => {
    group?.stop()
    group = undefined
    running.clear()
  }
  const line = (_: unknown, { progress: part }: { progress: number }, { label, text, isCounted }: Payload) =>
    lineOf(label, text, isCounted ? part : undefined, {
      size: sizeOf(brief),
      width: (stream.columns ?? 80) - 1,
    })
  const onProgress = (progress: Progress) => {
    group ??= newGroup({
      ...{ stream, fps: 5, emptyOnZero: true, format: line },
      // a killed process could bring neither the cursor nor the wrapping of lines back; lines fit by themselves
      ...{ hideCursor: false, linewrap: true },
      gracefulExit: false, // its handler would swallow the first interrupt
    })
    const { done, total = 0, state } = progress
    const label = printable(progress.label)
    const payload: Payload = { label, text: describe(progress), isCounted: total > 0 }
    let bar = running.get(label)
    if (!bar) {
      bar = group.create(total, 0, payload)
      running.set(label, bar)
    }
    // a training may converge, and a stream end, before the last of what was foreseen
    if (state === 'complete') bar.setTotal(1)
    bar.update(state === 'complete' ? 1 : done, payload)
    if (state === 'running') return
    bar.stop()
    if (brief && running.size > 1) group.remove(bar)
    running.delete(label)
    if (running.size === 0) stop()
  }
  return { onProgress, stop }
}

/** Bars one below the other. What draws them is loaded when there is a terminal to draw on. */
function newGroup(options: ConstructorParameters<typeof MultiBar>[0]): MultiBar {
  const progress = require('cli-progress') as typeof import('cli-progress')
  return new progress.MultiBar(options)
}

/** What a bar is drawn from. */
interface Payload {
  readonly label: string
  readonly text: string
  readonly isCounted: boolean
}

/**
 * A line of a width: label, bar and text, of which the bar gives way first, then the label.
 *
 * @param part of the whole that is done, 0 to 1; undefined where nobody knows the whole
 */
function lineOf(
  label: string,
  text: string,
  part: number | undefined,
  { size, width }: { readonly size: number; readonly width: number },
): string {
  const room = width - text.length - 1
  const named = within(label, room - (part === undefined ? 0 : LEAST_BAR + 1))
  const bar = part === undefined ? 0 : Math.min(size, room - named.length - 1)
  if (bar < LEAST_BAR) return `${within(label, room)} ${text}`.slice(0, width)
  const full = Math.round(bar * Math.max(0, Math.min(1, part ?? 0)))
  return `${named} ${'='.repeat(full)}${'-'.repeat(bar - full)} ${text}`
}

/** A text in so many characters: its beginning, which says of what it is, and the last ones, such as a seed. */
function within(text: string, width: number): string {
  const most = Math.max(16, width)
  if (text.length <= most) return text
  const end = Math.min(3, Math.floor((most - 1) / 2))
  return `${text.slice(0, most - 1 - end)}…${text.slice(-end)}`
}

/** What is told of a label in lines. */
interface Told {
  latest: Progress
  /** Milliseconds of the work at which it was told. */
  at: number
  /** Tells of a first batch that takes minutes, at least that somebody is at work. */
  readonly first: NodeJS.Timeout
}

function lines(stream: NodeJS.WritableStream, every: number): ProgressBar {
  const all = new Map<string, Told>()
  const say = (progress: Progress) => stream.write(`${printable(progress.label)}: ${describe(progress)}\n`)
  const end = ({ first }: Told, label: string) => {
    clearTimeout(first)
    all.delete(label)
  }
  const onProgress = (progress: Progress) => {
    const { label, seconds, state } = progress
    const told: Told = all.get(label) ?? {
      latest: progress,
      at: 0,
      first: setTimeout(() => say(told.latest), every).unref(),
    }
    all.set(label, told)
    told.latest = progress
    if (state !== 'running') end(told, label)
    else if (seconds * 1000 < told.at + every) return
    told.at = seconds * 1000
    clearTimeout(told.first)
    say(progress)
  }
  return { onProgress, stop: () => all.forEach(end) }
}

function describe({ done, total, unit, state, seconds, rate, secondsLeft }: Progress): string {
  const percent = total && state === 'running' ? `${Math.floor((100 * done) / total)} %, ` : ''
  const count = `${percent}${done}${total === undefined ? '' : `/${total}`}${unit && ` ${unit}`}`
  const speed = rate > 0 ? `, ${Number(rate.toPrecision(3))}/s` : ''
  if (state === 'running')
    return count + speed + (secondsLeft === undefined ? '' : `, ${timeText(secondsLeft)} left`)
  return `${count}${speed}, ${state === 'complete' ? 'in' : `${state} after`} ${timeText(seconds)}`
}
