import type { Classifier } from '../../operators/classifier.js'
import { STATUSES, type AdversarialBatch } from '../../operators/records/adversarial.js'
import type { Fault } from './fault.js'

const SUCCESS = STATUSES.indexOf('success')
/** Share of the largest logit by which two backends may differ. */
const ROUNDING = 1e-4

/** Rows whose classes, of the image and of the example, are not those that the model gives: examples that do not fool among them. */
export function predictionFaults(
  file: string,
  batch: AdversarialBatch,
  before: number,
  model: Classifier,
): readonly Fault[] {
  const { status, prediction, adversarialPrediction, original, adversarial } = batch
  const check = (
    column: string,
    images: Float32Array,
    said: Int32Array,
    isWanted: (row: number) => boolean,
  ) => {
    const logits = model.logits(images)
    return Array.from(said.keys()).flatMap((row): readonly Fault[] => {
      if (!isWanted(row) || said[row] < 0) return []
      const own = logits.subarray(row * model.classes, (row + 1) * model.classes)
      const most = Math.max(...own)
      if (most - own[said[row]] <= ROUNDING * Math.max(1, Math.abs(most))) return []
      return [
        {
          file,
          row: before + row,
          column,
          message: `${model.name} gives ${own.indexOf(most)}, the row says ${said[row]}`,
        },
      ]
    })
  }
  return [
    ...check('prediction', original, prediction, () => true),
    ...check('adversarial_prediction', adversarial, adversarialPrediction, (row) => status[row] === SUCCESS),
  ]
}
