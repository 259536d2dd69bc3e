import { BlindspotError } from '../../errors.js'
import { permutation, randomFor } from '../../random.js'
import type { TrainingSet } from './trainingSet.js'
import { nextTurn } from './turn.js'

/** A minibatch of a training set, shuffled; the arrays are used again for the next one. */
export interface MiniBatch {
  readonly rows: number
  /** [rows × values] */
  readonly pixels: Float32Array
  /** [rows] */
  readonly labels: Int32Array
  /** Learning rate on this minibatch: half a cosine over the training, from the first one's down to 0. */
  readonly rate: number
}

/** Options of `epochsOf`. */
export interface MiniBatchOptions {
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  readonly seed: number
}

/** What one epoch came to, means over the images as they were met. */
export interface Epoch {
  /** Number of the epoch, from 1. */
  readonly epoch: number
  readonly loss: number
  readonly error: number
}

/** Minibatches between two turns of the event loop. */
const BATCHES_PER_TURN = 50

/**
 * Goes through the set in a new order each epoch and learns from each minibatch; one element an epoch.
 *
 * @param learn trains on a minibatch, returns sums over its images
 * @throws BlindspotError `bad-option` once a loss is not finite
 */
export async function* epochsOf(
  set: TrainingSet,
  { epochs, batchSize, learningRate, seed }: MiniBatchOptions,
  learn: (batch: MiniBatch) => { loss: number; errors: number },
  signal: AbortSignal,
): AsyncGenerator<Epoch, void, undefined> {
  const { size, values } = set
  const most = Math.min(batchSize, size)
  const pixels = new Float32Array(most * values)
  const labels = new Int32Array(most)
  const batches = Math.ceil(size / most)
  for (let epoch = 1; epoch <= epochs; epoch++) {
    await nextTurn(signal)
    const order = permutation(size, randomFor(seed, 'shuffle', epoch))
    let loss = 0
    let errors = 0
    for (let k = 0; k < batches; k++) {
      if (k % BATCHES_PER_TURN === BATCHES_PER_TURN - 1) await nextTurn(signal)
      const rows = Math.min(most, size - k * most)
      for (let row = 0; row < rows; row++) {
        const from = order[k * most + row]
        set.copy(from, pixels, row * values)
        labels[row] = set.labels[from]
      }
      const done = ((epoch - 1) * batches + k) / (epochs * batches)
      const rate = (learningRate / 2) * (1 + Math.cos(Math.PI * done))
      const sums = learn({
        rows,
        pixels: pixels.subarray(0, rows * values),
        labels: labels.subarray(0, rows),
        rate,
      })
      if (!Number.isFinite(sums.loss)) throw diverged(epoch, rate)
      loss += sums.loss
      errors += sums.errors
    }
    yield { epoch, loss: loss / size, error: errors / size }
  }
}

function diverged(epoch: number, rate: number): BlindspotError {
  return new BlindspotError(
    'bad-option',
    `the training diverged in epoch ${epoch} (the loss is not finite) at a learning rate of ${rate.toPrecision(3)}: lower the learning rate or λ`,
  )
}
