import { STATUSES, type AdversarialBatch } from '../../operators/records/adversarial.js'
import type { Fault } from './fault.js'

const SUCCESS = STATUSES.indexOf('success')
/** Relative difference of numbers that the same formula gives in another order of its sums. */
const ROUNDING = 1e-9

/** How far a stored value may be from the one that was computed: nothing of float32, half a level of the others. */
const STEPS: Readonly<Partial<Record<string, (value: number, range: number) => number>>> = {
  float16: (value) => Math.max(Math.abs(value) * 2 ** -11, 2 ** -25),
  uint8: (_, range) => range / 510,
}

/**
 * Examples whose own numbers are not those of their images: `l2`, `linf`, `distortion` and `relative_l2`, of images that were
 * rounded when they were stored as near as these can be.
 *
 * @param before rows of the file before the batch
 * @param payload as the file notes it; undefined: float32
 */
export function perturbationFaults(
  file: string,
  batch: AdversarialBatch,
  before: number,
  payload: string | undefined,
): readonly Fault[] {
  const { index, status, original, adversarial, box = [0, 1] } = batch
  const size = original.length / index.length
  const step = STEPS[payload ?? '']
  return Array.from(index.keys()).flatMap((row): readonly Fault[] => {
    if (status[row] !== SUCCESS) return []
    let [squares, norm, linf, slack, most] = [0, 0, 0, 0, 0]
    for (let i = row * size; i < (row + 1) * size; i++) {
      const r = Math.abs(adversarial[i] - original[i])
      squares += r * r
      norm += original[i] ** 2
      linf = Math.max(linf, r)
      if (step === undefined) continue
      const loose = step(original[i], box[1] - box[0]) + step(adversarial[i], box[1] - box[0])
      slack += loose ** 2
      most = Math.max(most, loose)
    }
    const l2 = Math.sqrt(squares)
    const loose = Math.sqrt(slack)
    const told: readonly (readonly [string, number, number, number])[] = [
      ['l2', batch.l2[row], l2, loose],
      ['linf', batch.linf[row], linf, most],
      ['distortion', batch.distortion[row], Math.sqrt(squares / size), loose / Math.sqrt(size)],
      // of a rounded image the norm, too
      ['relative_l2', batch.relativeL2[row], l2 / Math.sqrt(norm), step === undefined ? 0 : Infinity],
    ]
    return told.flatMap(([column, said, found, by]) =>
      Number.isNaN(said) || Math.abs(said - found) <= by + ROUNDING * Math.max(found, said)
        ? []
        : [
            {
              file,
              row: before + row,
              column,
              message: `expected ${found}, as its images give it, got ${said}`,
            },
          ],
    )
  })
}
