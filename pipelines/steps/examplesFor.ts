import { defer, map, type OperatorFunction } from 'rxjs'
import { inputSize, type Classifier } from '../../operators/classifier.js'
import { stream } from '../../operators/flow/stream.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import { successes } from '../../operators/records/example.js'
import { pickRows, sampleKey, type ImageBatch } from '../../operators/records/image.js'
import { readExamples, type ExampleOptions } from '../../sources/records.js'
import { batchFor } from './images.js'

/** Examples from files, in a form that some victims can be shown. */
export const examplesFor = (paths: readonly string[], victims: readonly Classifier[]) =>
  stream(() =>
    readExamples(paths, {
      ...acceptedBy(victims),
      batchSize: batchFor(Math.max(...victims.map(inputSize))),
    }),
  )

/** What examples have to be like that some victims are shown: within a box, of classes that all of them know. */
function acceptedBy(victims: readonly Classifier[]): Pick<ExampleOptions, 'box' | 'classes'> {
  return {
    box: [Math.min(...victims.map(({ box }) => box[0])), Math.max(...victims.map(({ box }) => box[1]))],
    classes: Math.min(...victims.map(({ classes }) => classes)),
  }
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
