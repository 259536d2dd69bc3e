import { readFile, writeFile } from 'node:fs/promises'
import { from, lastValueFrom, toArray, type OperatorFunction } from 'rxjs'
import { STATUSES, type AdversarialBatch } from '../operators/records/adversarial.js'
import type { ImageBatch } from '../operators/records/image.js'
import { bootstrapMean } from '../pipelines/tables/bootstrap.js'

/** What an attack on images in memory cost and found; means are per image, distortions over the successes. */
export interface Measured {
  /** Seconds by the wall clock of each run after a first one that is not counted. */
  readonly seconds: readonly number[]
  readonly images: number
  readonly successes: number
  readonly evaluations: number
  readonly iterations: number
  readonly distortion: number
  readonly polished: number
  /** [n] RMS of the perturbations; NaN where there is no example. */
  readonly distortions: readonly number[]
  readonly polishedDistortions: readonly number[]
  /** [n] classes aimed at. */
  readonly targets: readonly number[]
}

/** Runs an attack once to warm up and `runs` times by the clock; the rows are the last run's. */
export async function measure(
  images: readonly ImageBatch[],
  method: OperatorFunction<ImageBatch, AdversarialBatch>,
  runs: number,
): Promise<Measured> {
  const seconds: number[] = []
  let batches: AdversarialBatch[] = []
  for (let run = 0; run <= runs; run++) {
    const started = performance.now()
    batches = await lastValueFrom(from(images).pipe(method, toArray()))
    if (run > 0) seconds.push((performance.now() - started) / 1000)
  }
  const column = (of: (batch: AdversarialBatch) => ArrayLike<number>) =>
    batches.flatMap((batch) => Array.from(of(batch)))
  const distortions = column(({ distortion }) => distortion)
  const polishedDistortions = column(({ polishedDistortion }) => polishedDistortion)
  return {
    seconds,
    images: distortions.length,
    successes: column(({ status }) => status).filter((code) => STATUSES[code] === 'success').length,
    evaluations: mean(column(({ evaluations }) => evaluations)),
    iterations: mean(column(({ iterations }) => iterations)),
    distortion: mean(distortions),
    polished: mean(polishedDistortions),
    distortions,
    polishedDistortions,
    targets: column(({ target }) => target),
  }
}

/** Mean of the values that are not NaN. */
export function mean(values: readonly number[]): number {
  return bootstrapMean(values.filter((value) => !Number.isNaN(value))).value
}

/** Mean of a over mean of b, where both are numbers. */
export function ratioOfMeans(a: readonly number[], b: readonly number[]): number {
  const both = [...b.keys()].filter((i) => !Number.isNaN(a[i] + b[i]))
  return mean(both.map((i) => a[i])) / mean(both.map((i) => b[i]))
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2
}

/** Forgets this process's peak of resident memory, where the system can (Linux). */
export async function resetPeak(): Promise<void> {
  await writeFile('/proc/self/clear_refs', '5').catch(() => undefined)
}

/** MB of resident memory at most since `resetPeak`; elsewhere than on Linux since the process began. */
export async function peakMemory(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '')
  const kB = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]
  return (kB === undefined ? process.resourceUsage().maxRSS : Number(kB)) / 1024
}
