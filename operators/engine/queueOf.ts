import type { EngineOptions } from './attacker.js'
import { type Classifier, inputSize } from '../classifier.js'
import { ddnSearch } from './ddnSearch.js'
import { deepFoolSearch } from './deepFoolSearch.js'
import type { Queue } from './queue.js'
import { RoundQueue, roundSlots } from './roundQueue.js'
import { SearchQueue, slotsFor } from './searchQueue.js'

/** The queue of a method's searches. */
export function queueOf(classifier: Classifier, options: EngineOptions): Queue {
  const { box, classes } = classifier
  const slots = slotsOf(options, inputSize(classifier), classes)
  switch (options.method) {
    case 'l-bfgs':
      return new SearchQueue(classifier, options.batchSize, options.search)
    case 'deepfool': {
      const { search } = options
      return new RoundQueue(classifier, slots, gradientsOf(options, classes), (image, clean, targets) =>
        deepFoolSearch(image, clean, targets, box, search),
      )
    }
    case 'ddn': {
      const { search } = options
      return new RoundQueue(classifier, slots, gradientsOf(options, classes), (image, clean, targets) =>
        ddnSearch(image, clean, targets, box, search),
      )
    }
  }
}

/** Searches that a method's queue evaluates together, of images of so many values; `classes` where they are known. */
export const slotsOf = (options: EngineOptions, values: number, classes = Infinity): number =>
  options.method === 'l-bfgs'
    ? slotsFor(options.batchSize, values, options.search.memory)
    : roundSlots(options.batchSize, values, gradientsOf(options, classes))

/** Gradients that a search asks for at once, at most. */
const gradientsOf = (options: EngineOptions, classes: number): number =>
  options.method === 'deepfool' ? Math.min(options.search.candidates, classes - 1) : 1
