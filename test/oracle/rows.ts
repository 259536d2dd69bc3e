import { REASONS, STATUSES, type AdversarialBatch } from '../../operators/records/adversarial.js'

/** A row of an attack's batch, its status and reason by name. */
export type Row = ReturnType<typeof rowsOf>[number]

export function rowsOf(batch: AdversarialBatch) {
  const size = batch.adversarial.length / batch.index.length
  return Array.from(batch.index, (index, row) => ({
    index,
    target: batch.target[row],
    status: STATUSES[batch.status[row]],
    reason: REASONS[batch.reason[row]],
    distortion: batch.distortion[row],
    l2: batch.l2[row],
    c: batch.c[row],
    margin: batch.margin[row],
    polished: batch.polishedDistortion[row],
    residual: batch.residual[row],
    bracketWidth: batch.bracketWidth[row],
    monotone: batch.monotone[row],
    solves: batch.solves[row],
    iterations: batch.iterations[row],
    evaluations: batch.evaluations[row],
    adversarial: batch.adversarial.subarray(row * size, (row + 1) * size),
  }))
}
