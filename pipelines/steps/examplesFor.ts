import { defer, map, type OperatorFunction } from 'rxjs'
import { inputSize, type Classifier } from '../../operators/classifier.js'
import { sizeFromShape } from '../../operators/classifier/sizeFromShape.js'
import { BlindspotError } from '../../operators/errors.js'
import { stream } from '../../operators/flow/stream.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import { successes } from '../../operators/records/example.js'
import { pickRows, sampleKey, type ImageBatch } from '../../operators/records/image.js'
import { readExamples } from '../../sources/records.js'
import { batchFor } from './images.js'

/**
 * Examples from files, in a form that some victims can be shown.
 *
 * @throws BlindspotError `bad-option`, before any image is read, for examples of classes or of a size that a victim does not have;
 * `bad-data` for pixels outside of the victims' boxes
 */
export const examplesFor = (paths: readonly string[], victims: readonly Classifier[]) =>
  stream(async function* () {
    await requireFitting(paths, victims)
    yield* readExamples(paths, {
      box: boxAround(victims),
      batchSize: batchFor(Math.max(...victims.map(inputSize))),
    })
  })

const boxAround = (victims: readonly Classifier[]): readonly [number, number] => [
  Math.min(...victims.map(({ box }) => box[0])),
  Math.max(...victims.map(({ box }) => box[1])),
]

/** Checks that the examples are images of the victims' size, of classes that all of them know. */
async function requireFitting(paths: readonly string[], victims: readonly Classifier[]): Promise<void> {
  for (const path of paths) {
    let classes = 0
    let values: number | undefined
    for await (const batch of readExamples(path, { images: false })) {
      const { label, target, prediction, adversarialPrediction, shape } = batch
      for (const ids of [label, target, prediction, adversarialPrediction])
        classes = ids.reduce((most, k) => Math.max(most, k + 1), classes)
      values = sizeFromShape(shape)
      const other = victims.find((one) => classes > one.classes || (values && values !== inputSize(one)))
      if (other) throw unfit(path, values, classes, other)
    }
  }
}

const unfit = (path: string, values: number, classes: number, victim: Classifier) => {
  const size = values > 0 ? ` and ${values} values` : ''
  return new BlindspotError(
    'bad-option',
    `${path}: images of ${classes} classes or more${size}, but model ${victim.name} takes ` +
      `${victim.inputShape.join(' × ')} values and tells ${victim.classes} classes apart; choose a model of the same images`,
  )
}

/** The clean images of examples, each once, and none that is known. */
export function originalsOf(known: ReadonlySet<string>): OperatorFunction<AdversarialBatch, ImageBatch> {
  return (source) =>
    defer(() => {
      const seen = new Set(known)
      return source.pipe(
        map((batch) => {
          const { shape } = batch
          const { dataset, split, box, index, label, path, original: pixels } = successes(batch)
          const rows = [...index.keys()].filter((row) => {
            const sample = sampleKey(dataset, split, index[row])
            return !seen.has(sample) && seen.add(sample)
          })
          const optional = { ...(path && { path }), ...(box && { box }) }
          return pickRows({ dataset, split, shape, index, label, pixels, ...optional }, rows)
        }),
      )
    })
}
