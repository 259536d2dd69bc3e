import { convolutionsIn, type Architecture } from '../../architecture.js'
import { BlindspotError } from '../../errors.js'
import type { Sparsity } from './autoencoder.js'
import type { LbfgsOptions } from './lbfgs.js'

/**
 * How the weight decay λ is read. `half`: ½ λ Σw² per layer beside the mean cross-entropy, which gives the
 * errors that the paper reports of its linear networks, where these have no bias. `paper`: λ Σw² / k with k the layer's units, as the paper writes it.
 */
export const DECAYS = ['half', 'paper'] as const
export type Decay = (typeof DECAYS)[number]

export const OPTIMIZERS = ['sgd', 'adam'] as const

/** Options of `train`. */
export interface TrainOptions {
  /** Seed of the initial weights and the shuffles; a whole number. Default: 1. */
  readonly seed?: number | undefined
  /** Name of the model. Default: the architecture's canonical form. */
  readonly name?: string | undefined
  /**
   * How many classes the images have: then an architecture of another number is an error. Default: what is seen of the labels of 32 images
   * or more, of which half of the outputs may lack; fewer than 20 outputs are no error.
   */
  readonly classes?: number | undefined
  /** How the weight decay λ is read. Default: `half`. */
  readonly decay?: Decay | undefined
  /**
   * Optimiser of a network with hidden layers. Default: `adam` where a hidden layer is wider than the one before it,
   * which SGD leaves at 0.3 % training error after 20 epochs (FC123-456-10), and with convolutions, else `sgd`.
   */
  readonly optimizer?: (typeof OPTIMIZERS)[number] | undefined
  /** Passes over the images of a network with hidden layers, or of the autoencoder. Default: 20, with convolutions 3. */
  readonly epochs?: number | undefined
  /** Images per step. Default: 50, with convolutions 100, the autoencoder's 200. */
  readonly batchSize?: number | undefined
  /**
   * Learning rate of the first step; it falls to 0 by a cosine. Default: SGD's 0.2 for sigmoid (0.5: mean of four
   * seeds 1.88 % test error, 0.2: 1.73 % of three) and 0.02 for tanh and relu, Adam's 2e-3, the autoencoder's 1e-2.
   */
  readonly learningRate?: number | undefined
  /** L-BFGS iterations at most, of a softmax on pixels or on a code. Default: 300. */
  readonly iterations?: number | undefined
}

/** One part of a training, as plain data. */
export type Phase =
  | ({ readonly phase: 'network' | 'softmax'; readonly method: 'lbfgs' } & LbfgsOptions)
  | ({ readonly phase: 'network'; readonly method: 'sgd'; readonly momentum: number } & MiniBatchRecipe)
  | ({ readonly phase: 'network'; readonly method: 'adam' } & MiniBatchRecipe)
  | ({
      readonly phase: 'autoencoder'
      readonly method: 'adam'
      readonly sparsity: Sparsity
    } & MiniBatchRecipe)

export interface MiniBatchRecipe {
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  readonly schedule: 'cosine'
}

/** Everything that a training does, numbers included. */
export interface Recipe {
  readonly seed: number
  readonly decay: Decay
  /** Coefficient of Σw² per layer. */
  readonly coefficients: readonly number[]
  readonly phases: readonly Phase[]
}

/**
 * The recipe for an architecture: a softmax by full-batch L-BFGS; hidden layers by SGD with momentum; an
 * autoencoder by Adam, then a softmax on its frozen code.
 *
 * @throws BlindspotError `bad-option`
 */
export function recipeFor(architecture: Architecture, options: TrainOptions = {}): Recipe {
  const { seed = 1, decay = 'half' } = options
  if (!Number.isSafeInteger(seed)) throw wrong('seed', seed, 'a whole number')
  if (!DECAYS.includes(decay)) throw wrong('decay', decay, DECAYS.join(' or '))
  const { optimizer } = options
  if (optimizer !== undefined && !OPTIMIZERS.includes(optimizer)) {
    throw wrong('optimizer', optimizer, OPTIMIZERS.join(' or '))
  }
  for (const name of ['classes', 'epochs', 'batchSize', 'iterations'] as const) {
    const value = options[name]
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0))
      throw wrong(name, value, 'a whole number from 1')
  }
  const rate = options.learningRate
  if (rate !== undefined && !(Number.isFinite(rate) && rate > 0))
    throw wrong('learningRate', rate, 'a number above 0')
  const units = [...convolutionsIn(architecture).map(({ filters }) => filters), ...architecture.units]
  const coefficients = architecture.lambda.map((lambda, i) =>
    // the autoencoder's decay is not of the paper: there is one reading of it
    decay === 'half' || (architecture.kind === 'AE' && i === 0) ? lambda / 2 : lambda / units[i],
  )
  return { seed, decay, coefficients, phases: phasesOf(architecture, options) }
}

function phasesOf({ kind, units, activation }: Architecture, options: TrainOptions): Phase[] {
  const softmax = {
    method: 'lbfgs',
    iterations: options.iterations ?? 300,
    tolerance: 1e-5,
    progress: 1e-7,
    memory: 10,
  } as const
  const miniBatches = (epochs: number, batchSize: number, learningRate: number) =>
    ({
      epochs: options.epochs ?? epochs,
      batchSize: options.batchSize ?? batchSize,
      learningRate: options.learningRate ?? learningRate,
      schedule: 'cosine',
    }) as const
  if (kind === 'AE') {
    const sparsity = { weight: 1, activation: 0.05 }
    return [
      { phase: 'autoencoder', method: 'adam', sparsity, ...miniBatches(20, 200, 1e-2) },
      { phase: 'softmax', ...softmax },
    ]
  }
  if (kind === 'CNN') {
    const batches = miniBatches(3, 100, options.optimizer === 'sgd' ? 0.02 : 2e-3)
    return options.optimizer === 'sgd'
      ? [{ phase: 'network', method: 'sgd', momentum: 0.9, ...batches }]
      : [{ phase: 'network', method: 'adam', ...batches }]
  }
  if (units.length === 1) return [{ phase: 'network', ...softmax }]
  const widens = units.slice(1, -1).some((n, i) => n > units[i])
  if ((options.optimizer ?? (widens ? 'adam' : 'sgd')) === 'adam') {
    return [{ phase: 'network', method: 'adam', ...miniBatches(20, 50, 2e-3) }]
  }
  const rate = activation === 'sigmoid' ? 0.2 : 0.02
  return [{ phase: 'network', method: 'sgd', momentum: 0.9, ...miniBatches(20, 50, rate) }]
}

function wrong(option: string, value: unknown, expected: string): BlindspotError {
  return new BlindspotError('bad-option', `${option}: expected ${expected}, got ${String(value)}`)
}
