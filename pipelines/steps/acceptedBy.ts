import type { Classifier } from '../../operators/classifier.js'
import type { ExampleOptions } from '../../sources/records.js'

/** What examples that some victims are shown have to be like, when they are read: within a box, of classes that all of them know. */
export function acceptedBy(victims: readonly Classifier[]): Pick<ExampleOptions, 'box' | 'classes'> {
  if (victims.length === 0) return {}
  return {
    box: [Math.min(...victims.map(({ box }) => box[0])), Math.max(...victims.map(({ box }) => box[1]))],
    classes: Math.min(...victims.map(({ classes }) => classes)),
  }
}
