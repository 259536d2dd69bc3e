import { withoutFilterGradients } from './filterGradients.js'
import type { Network } from './network.js'
import { releaseTape } from './releaseTape.js'
import { withReluGradient } from './reluGradient.js'
import { tf, type Tensor2D } from './tf.js'

/** The gradient of a network by TensorFlow.js' own differentiation. */
export function inputGradient(logits: (x: Tensor2D) => Tensor2D): Network['gradient'] {
  return (batches, weigh) => {
    const gradients = tf.grads((...inputs) => {
      const all = inputs.map((x) => logits(x as Tensor2D))
      const weights = weigh(all)
      return all.map((z, i) => tf.sum(tf.mul(z, weights[i]))).reduce((sum, own) => tf.add(sum, own))
    })
    return releaseTape(() =>
      withReluGradient(() => withoutFilterGradients(() => gradients([...batches]) as Tensor2D[])),
    )
  }
}
