import type { Architecture } from '../../architecture.js'
import { tf } from '../tf.js'
import { autoencoderStep } from './autoencoder.js'
import { convolutionalStep } from './convolutional.js'
import { epochsOf } from './miniBatches.js'
import { adam, momentum } from './optimizer.js'
import { perceptronStep } from './perceptron.js'
import type { Phase, Recipe } from './recipe.js'
import { softmaxRegression, type Block } from './softmaxRegression.js'
import type { TrainingSet } from './trainingSet.js'
import { nextTurn } from './turn.js'
import { initialLayers, initialWeights, type LayerWeights } from './weights.js'

/** How far a phase has come. */
export interface Progress {
  readonly phase: Phase['phase']
  /** Number of the epoch or iteration, from 1. */
  readonly epoch: number
  readonly epochs: number
  readonly loss: number
  /** Share of the images that are wrong; NaN where the phase has no classes. */
  readonly error: number
}

/** Rows of a block on the device. */
const ROWS = 4096

/** Runs the phases of a recipe; returns the layers, input to output. Frees its tensors however it ends. */
export async function* trainLayers(
  set: TrainingSet,
  architecture: Architecture,
  { seed, coefficients, phases }: Recipe,
  signal: AbortSignal,
): AsyncGenerator<Progress, LayerWeights[], undefined> {
  const { units, activation, bias } = architecture
  let layers = initialLayers(architecture, seed, set.shape)
  for (const phase of phases) {
    if (phase.method === 'lbfgs') {
      const below = layers.slice(0, -1)
      const last = layers[layers.length - 1]
      let softmax: LayerWeights = { ...last, kernel: new Float32Array(last.kernel.length) }
      const blocks: Block[] = []
      try {
        for await (const block of blocksOf(set, below[0], signal)) blocks.push(block)
        const decay = coefficients[coefficients.length - 1]
        for await (const iterate of softmaxRegression(
          blocks,
          last.units,
          decay,
          { ...phase, bias },
          signal,
        )) {
          softmax = iterate.layer
          yield { ...iterate, phase: phase.phase, epoch: iterate.iteration, epochs: phase.iterations }
        }
      } finally {
        for (const { x } of blocks) x.dispose()
      }
      layers = [...below, softmax]
    } else {
      const optimizer = phase.method === 'sgd' ? momentum(phase.momentum) : adam()
      const learn =
        phase.phase === 'network'
          ? architecture.kind === 'CNN'
            ? convolutionalStep(layers, architecture, set.shape, coefficients, optimizer)
            : perceptronStep(layers, activation, coefficients, optimizer)
          : autoencoderStep(
              layers[0],
              initialWeights(seed, units.length, units[0], set.values),
              phase.sparsity,
              [coefficients[0], coefficients[0]],
              optimizer,
            )
      for await (const epoch of epochsOf(set, { ...phase, seed }, learn, signal)) {
        yield { ...epoch, phase: phase.phase, epochs: phase.epochs }
      }
    }
  }
  return layers
}

/** The set on the device, or its code where there is an encoder. */
async function* blocksOf(
  set: TrainingSet,
  encoder: LayerWeights | undefined,
  signal: AbortSignal,
): AsyncGenerator<Block, void, undefined> {
  for (let from = 0; from < set.size; from += ROWS) {
    await nextTurn(signal)
    const rows = Math.min(ROWS, set.size - from)
    const pixels = new Float32Array(rows * set.values)
    for (let row = 0; row < rows; row++) set.copy(from + row, pixels, row * set.values)
    const x = tf.tidy(() => {
      const images = tf.tensor2d(pixels, [rows, set.values])
      if (encoder === undefined) return images
      const kernel = tf.tensor2d(encoder.kernel, [encoder.inputs, encoder.units])
      return tf.sigmoid(tf.add<typeof images>(tf.matMul(images, kernel), tf.tensor1d(encoder.bias)))
    })
    yield { x, labels: set.labels.subarray(from, from + rows) }
  }
}
