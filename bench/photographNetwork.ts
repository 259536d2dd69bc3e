import { pathToFileURL } from 'node:url'
import { lossGradient } from '../operators/classifier/lossGradient.js'
import type { Classifier } from '../operators/classifier.js'
import { tf } from '../operators/tensor/tf.js'
import { median } from './measure.js'

/** Images per second of a network through a classifier and through TensorFlow.js alone, medians of runs in turn. */
export interface NetworkSpeed {
  readonly forward: number
  readonly rawForward: number
  readonly gradient: number
  readonly rawGradient: number
}

/**
 * Logits, and loss and input gradient, of `images` photographs in one call, beside a model of TensorFlow.js on the same batch: its
 * `predict` on the layer before the softmax, and `tf.grad` of its cross-entropy; both with values in and out.
 *
 * @param pixels [images × values]
 */
export async function networkSpeed(
  classifier: Classifier,
  file: string,
  pixels: Float32Array,
  images: number,
  runs: number,
): Promise<NetworkSpeed> {
  const { classes, inputShape } = classifier
  const whole = await tf.loadLayersModel(pathToFileURL(file).href)
  const before = whole.layers.at(-1)?.input
  if (before === undefined || Array.isArray(before)) throw new Error(`${file}: expected a softmax at the end`)
  const raw = tf.model({ inputs: whole.inputs, outputs: before })
  const targets = new Int32Array(images).fill(1)
  const input = () => tf.tensor(pixels, [images, ...inputShape])
  const loss = (x: tf.Tensor) =>
    tf.sum(
      tf.losses.softmaxCrossEntropy(
        tf.oneHot(tf.tensor1d(targets, 'int32'), classes),
        raw.apply(x) as tf.Tensor,
        0,
        0,
        tf.Reduction.SUM,
      ),
    )
  const works = {
    forward: () => void classifier.logits(pixels),
    rawForward: () => read(() => raw.predict(input()) as tf.Tensor),
    gradient: () => void lossGradient(classifier, pixels, targets),
    rawGradient: () => read(() => tf.grad(loss)(input())),
  }
  const names = Object.keys(works) as (keyof typeof works)[]
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]]))
  for (let run = 0; run <= runs; run++)
    for (const name of names) {
      const began = performance.now()
      works[name]()
      if (run > 0) times[name].push((performance.now() - began) / 1000)
    }
  whole.dispose()
  const speed = (name: string) => images / median(times[name])
  return {
    forward: speed('forward'),
    rawForward: speed('rawForward'),
    gradient: speed('gradient'),
    rawGradient: speed('rawGradient'),
  }
}

function read(f: () => tf.Tensor): void {
  const result = tf.tidy(f)
  result.dataSync()
  result.dispose()
}
