import { map, type MonoTypeOperatorFunction } from 'rxjs'
import type { Classifier } from './classifier.js'
import { checked, requireClasses } from './classifier/checked.js'
import { requireClassifier } from './classifier/requireClassifier.js'
import { classify } from './classifier/classify.js'
import type { ImageBatch } from './records/image.js'

/**
 * Gives images the classes that a classifier takes them for as labels, in place of their own: photographs in folders that are no
 * classes of it can then be attacked, ranked and shown to others. Nothing is left to count an error by.
 *
 * Errors: as `evaluate`.
 *
 * @example
 * const network = await loadClassifier('networks/squeezenet1.1')
 * imagenet('Pictures/2026', network.framing).pipe(predictedLabels(network), attack(network)).subscribe()
 */
export function predictedLabels(classifier: Classifier): MonoTypeOperatorFunction<ImageBatch> {
  requireClassifier('predictedLabels', classifier)
  requireClasses(checked(classifier))
  return map((batch) => ({ ...batch, label: classify(classifier, batch, batch.pixels) }))
}
