import { from, lastValueFrom, tap, toArray } from 'rxjs'
import { attack } from '../operators/attack.js'
import type { Classifier } from '../operators/classifier.js'
import type { AttackStats } from '../operators/engine/queue.js'
import { standingOf } from '../operators/minimize/standing.js'
import { STATUSES, type AdversarialBatch } from '../operators/records/adversarial.js'
import type { ImageBatch } from '../operators/records/image.js'
import { mean, peakMemory, resetPeak } from './measure.js'

/** An attack on photographs in memory: what it cost and found; distortions are RMS, [n]. */
export interface PhotographAttack {
  readonly images: number
  readonly successes: number
  readonly seconds: number
  readonly processorSeconds: number
  readonly evaluations: number
  /** Share of the rounds' places that were taken. */
  readonly occupancy: number
  /** Share of the threads' time in the network. */
  readonly network: number
  readonly peakMB: number
  readonly insideBox: boolean
  readonly distortions: readonly number[]
  readonly polished: readonly number[]
  readonly targets: readonly number[]
  /** [n] of the examples: weight of the penalty, passes, and the search’s certificates. */
  readonly c: readonly number[]
  /** [n] c ‖r‖² + cross-entropy at the examples. */
  readonly objective: readonly number[]
  readonly passes: readonly number[]
  readonly residual: readonly number[]
  readonly bracketWidth: readonly number[]
  readonly monotone: readonly boolean[]
  /** Reasons of rows that are no success. */
  readonly failures: readonly string[]
}

/** Random targets on images that the network gets right, once. */
export async function photographAttack(
  classifier: Classifier,
  images: readonly ImageBatch[],
  options: { readonly workers?: number; readonly seed: number },
): Promise<PhotographAttack> {
  let stats: AttackStats | undefined
  let done = 0
  await resetPeak()
  const began = performance.now()
  const processor = process.cpuUsage()
  const batches = await lastValueFrom(
    from(images).pipe(
      attack(classifier, { ...options, onStats: (told) => (stats = told) }),
      tap(({ index }) => {
        done += index.length
        console.error(
          `${classifier.name}: ${done} images, ${((performance.now() - began) / 1000).toFixed(0)} s`,
        )
      }),
      toArray(),
    ),
  )
  const { user, system } = process.cpuUsage(processor)
  const column = (of: (batch: AdversarialBatch) => ArrayLike<number>) =>
    batches.flatMap((batch) => Array.from(of(batch)))
  const distortions = column(({ distortion }) => distortion)
  const statuses = column(({ status }) => status).map((code) => STATUSES[code])
  const seconds = (performance.now() - began) / 1000
  const network = stats?.seconds.network ?? NaN
  return {
    images: distortions.length,
    successes: statuses.filter((status) => status === 'success').length,
    seconds,
    processorSeconds: (user + system) / 1e6,
    evaluations: mean(column(({ evaluations }) => evaluations)),
    occupancy: (stats?.evaluations ?? NaN) / (stats?.slots ?? NaN),
    network: network / (network + (stats?.seconds.search ?? NaN)),
    peakMB: await peakMemory(),
    insideBox: batches.every(({ adversarial }) => adversarial.every((x) => x >= 0 && x <= 1)),
    distortions,
    polished: column(({ polishedDistortion }) => polishedDistortion),
    targets: column(({ target }) => target),
    c: column(({ c }) => c),
    objective: batches.flatMap((batch) => objectives(classifier, batch)),
    passes: column(({ evaluations }) => evaluations),
    residual: column(({ residual }) => residual),
    bracketWidth: column(({ bracketWidth }) => bracketWidth),
    monotone: column(({ monotone }) => monotone).map((flag) => flag === 1),
    failures: statuses.flatMap((status, i) => (status === 'success' ? [] : [`${i}: ${status}`])),
  }
}

function objectives(classifier: Classifier, { adversarial, c, l2, target }: AdversarialBatch): number[] {
  const size = adversarial.length / target.length
  return Array.from(target, (label, row) => {
    const logits = classifier.logits(adversarial.subarray(row * size, (row + 1) * size))
    return c[row] * l2[row] ** 2 + standingOf(logits, label, 1).loss
  })
}
