import { lastValueFrom, toArray } from 'rxjs'
import {
  attack,
  checkClassifier,
  defineClassifier,
  mnist,
  type AdversarialBatch,
  type Classifier,
  type ImageBatch,
} from 'blindspot'

/**
 * A classifier of one's own, without TensorFlow: the class whose mean image is nearest. Its logits are
 * −‖x − m_k‖² + ‖x‖² = 2⟨m_k, x⟩ − ‖m_k‖² for the mean m_k of class k, and the gradient of Σ weights[k] · logits[k] with respect
 * to the pixels is Σ weights[k] · 2 m_k.
 */
export function nearestMean(images: readonly ImageBatch[], classes: number): Classifier {
  const [height, width, channels] = images[0].shape
  const size = height * width * channels
  const means = meansOf(images, classes, size)
  const squares = means.map((mean) => mean.reduce((sum, value) => sum + value * value, 0))
  return defineClassifier({
    ...{ name: 'nearest mean', inputShape: [size], classes },
    logits: (pixels) =>
      Float32Array.from({ length: (pixels.length / size) * classes }, (_, at) => {
        const k = at % classes
        const from = Math.floor(at / classes) * size
        return 2 * means[k].reduce((sum, value, i) => sum + value * pixels[from + i], 0) - squares[k]
      }),
    gradient: (pixels, weights) =>
      Float32Array.from(pixels, (_, at) => {
        const row = Math.floor(at / size)
        return means.reduce((sum, mean, k) => sum + 2 * weights[row * classes + k] * mean[at % size], 0)
      }),
  })
}

/** The attack of 16 test images on the means of 1,000 training images, after a look at the gradient. */
export async function nearestMeanExample(): Promise<readonly AdversarialBatch[]> {
  const training = await lastValueFrom(mnist('train', { limit: 1000 }).pipe(toArray()))
  const classifier = nearestMean(training, 10)
  await checkClassifier(classifier)
  return lastValueFrom(mnist('test', { limit: 16 }).pipe(attack(classifier), toArray()))
}

function meansOf(images: readonly ImageBatch[], classes: number, size: number): readonly Float64Array[] {
  const means = Array.from({ length: classes }, () => new Float64Array(size))
  const counts = new Float64Array(classes)
  for (const { label, pixels } of images)
    label.forEach((k, row) => {
      counts[k]++
      for (let i = 0; i < size; i++) means[k][i] += (pixels[row * size + i] - means[k][i]) / counts[k]
    })
  return means
}
