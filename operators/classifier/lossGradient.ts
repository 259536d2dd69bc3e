import type { Classifier, LossGradient } from '../classifier.js'
import { BlindspotError } from '../errors.js'
import { crossEntropy } from './crossEntropy.js'
import { requireClassifier } from './requireClassifier.js'
import { sizeFromShape } from './sizeFromShape.js'

/**
 * Logits, and each image's own input gradient of the cross-entropy −log softmax(logits)[target]: the classifier's gradient weighed
 * by softmax(logits) − onehot(target), in doubles.
 *
 * @param pixels [n × values]
 * @param targets [n] classes
 * @throws BlindspotError `bad-data` for another number of targets than images, or one that is no class
 * @example
 * const network = await loadClassifier('my-model')
 * const images = await lastValueFrom(mnist('test', { limit: 8 }))
 * const { gradient } = lossGradient(network, images.pixels, images.label)
 */
export function lossGradient(
  classifier: Classifier,
  pixels: Float32Array,
  targets: Int32Array,
): LossGradient {
  requireClassifier('lossGradient', classifier)
  const { name, classes, inputShape } = classifier
  const rows = pixels.length / sizeFromShape(inputShape)
  if (targets.length !== rows)
    throw new BlindspotError(
      'bad-data',
      `${name}: expected ${rows} targets, one an image, got ${targets.length}`,
    )
  const wrong = targets.findIndex((target) => !(target >= 0 && target < classes))
  if (wrong >= 0)
    throw new BlindspotError(
      'bad-data',
      `${name}: image ${wrong} of the batch: expected a target from 0 to ${classes - 1}, got ${targets[wrong]}`,
    )
  return classifier.logitGradient(pixels, (logits) => crossEntropy(logits, targets, classes).gradient)
}
