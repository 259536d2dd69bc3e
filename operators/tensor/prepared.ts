import { isIdentity, type Preparation } from './model/preprocess.js'
import type { Network } from './network.js'
import { tf, type Tensor, type Tensor2D } from './tf.js'
import { sizeFromShape } from '../classifier/sizeFromShape.js'

/**
 * A network on images, channels last and pixels from 0 to 1, from one on what a preparation makes of them. Since that is affine
 * in each channel, the gradient's way back is its scales and the channels' order: it is exact.
 */
export function prepared(network: Network, preparation: Preparation): Network {
  if (isIdentity(preparation)) return network
  const { imageShape, reversed, channelsFirst } = preparation
  const channels = imageShape.at(-1) ?? 1
  const places = sizeFromShape(imageShape.slice(0, -1))
  const scaled = (x: Tensor): Tensor =>
    preparation.scale.every((value) => value === 1) ? x : tf.mul(x, tf.tensor1d([...preparation.scale]))
  const moved = (x: Tensor): Tensor =>
    preparation.offset.every((value) => value === 0) ? x : tf.add(x, tf.tensor1d([...preparation.offset]))
  const turned = (x: Tensor): Tensor => (reversed ? tf.reverse(x, 2) : x)
  const flat = (x: Tensor): Tensor2D => tf.reshape(x, [x.shape[0], places * channels])

  const inputOf = (x: Tensor2D): Tensor2D => {
    const input = moved(scaled(turned(tf.reshape(x, [x.shape[0], places, channels]))))
    return flat(channelsFirst ? tf.transpose(input, [0, 2, 1]) : input)
  }
  const backward = (gradient: Tensor2D): Tensor2D => {
    const rows = gradient.shape[0]
    const last = channelsFirst
      ? tf.transpose(tf.reshape(gradient, [rows, channels, places]), [0, 2, 1])
      : tf.reshape(gradient, [rows, places, channels])
    return flat(turned(scaled(last)))
  }
  return {
    ...network,
    inputShape: imageShape,
    logits: (x) => network.logits(inputOf(x)),
    gradient: (batches, weigh) => network.gradient(batches.map(inputOf), weigh).map(backward),
    activations: (layer, x, pre) => network.activations(layer, inputOf(x), pre),
    outputs: (x) => network.outputs(inputOf(x)),
  }
}
