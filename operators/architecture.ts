import { BlindspotError } from './errors.js'

/** Activation functions of hidden layers. */
export const ACTIVATIONS = ['sigmoid', 'tanh', 'relu'] as const
export type Activation = (typeof ACTIVATIONS)[number]

/** A dense network as plain data. */
export interface Architecture {
  /** `FC`: dense layers with a softmax on top. `AE`: a softmax on a frozen sparse autoencoder's code. */
  readonly kind: 'FC' | 'AE'
  /** Units per layer, the classes last: [10], [100, 100, 10], [400, 10]. */
  readonly units: readonly number[]
  /** Activation function of the hidden layers. */
  readonly activation: Activation
  /** Weight decay λ per layer, as many as `units`. */
  readonly lambda: readonly number[]
  /** Whether the layers add a bias to x·W; an autoencoder's always do. Default true. */
  readonly bias?: boolean
}

/** λ of the autoencoder below the softmax, 5e-4 Σw², chosen together with the recipe's learning rate and epochs. */
const AUTOENCODER_LAMBDA = 1e-3

const MOST_UNITS = 65_536

const FORM = /^(FC|AE)(\d+(?:-\d+)*)(-nobias)?(?::([a-z]+))?(?:\((.*)\))?$/
const WRITTEN = 'KIND units[-units…][-nobias][:activation][(λ[,λ…])]'

/**
 * Reads an architecture from its short form, `KIND units[-units…][-nobias][:activation][(λ[,λ…])]`.
 *
 * `FC100-100-10` has two hidden layers of 100 sigmoid units; `-nobias` leaves the biases of all layers out: the paper's
 * linear networks are `FC10-nobias`; `:tanh` or `:relu` chooses another activation; one λ in parentheses is for all layers, several are for one each. Without λ the paper's are taken: 1e-4 for
 * a softmax on the pixels, 1e-5 for hidden layers and 1e-6 for the last. `AE400-10` is a softmax on an
 * autoencoder's 400 units; one λ is the softmax's (1e-6), two are the autoencoder's and the softmax's.
 *
 * @throws BlindspotError `bad-option`
 * @example parseArchitecture('FC100-100-10:relu(1e-5,1e-5,1e-6)').units // [100, 100, 10]
 */
export function parseArchitecture(text: string): Architecture {
  const match = FORM.exec(text.replace(/\s/g, ''))
  if (match === null) throw wrong(text, `the form ${WRITTEN}`)
  const kind = match[1] === 'AE' ? 'AE' : 'FC'
  const units = match[2].split('-').map(Number)
  const [without, suffix, decays] = match.slice(3) as (string | undefined)[]
  const activation = suffix ?? 'sigmoid'
  if (!units.every((n) => Number.isSafeInteger(n) && n > 0)) throw wrong(text, 'a unit or more in each layer')
  if (units.some((n) => n > MOST_UNITS)) throw wrong(text, `at most ${MOST_UNITS} units in each layer`)
  if ((units.at(-1) ?? 0) < 2) throw wrong(text, 'two classes or more, the last number')
  if (kind === 'AE' && units.length !== 2)
    throw wrong(text, `two numbers of an autoencoder, its code and its classes, got ${units.length}`)
  if (!isActivation(activation))
    throw wrong(text, `an activation of ${ACTIVATIONS.join(', ')}, got "${activation}"`)
  if (kind === 'AE' && activation !== 'sigmoid') {
    throw wrong(text, `sigmoid, which an autoencoder's sparsity needs, got ${activation}`)
  }
  if (kind === 'AE' && without !== undefined)
    throw wrong(text, "a bias, which an autoencoder's sparse code needs, got -nobias; leave it out")
  if (units.length === 1 && suffix !== undefined)
    throw wrong(text, `a hidden layer for the activation, got none`)
  const usual = usualLambda(kind, units)
  return {
    kind,
    units,
    activation,
    lambda: decays === undefined ? usual : lambdas(text, kind, decays, usual),
    bias: without === undefined,
  }
}

/**
 * The canonical short form: λ is left out where it is the default, but never for a single layer, whose λ
 * is its name: `FC10(1e-4)`. `parseArchitecture` reads it back to the same architecture.
 */
export function formatArchitecture({ kind, units, activation, lambda, bias = true }: Architecture): string {
  const suffix = activation === 'sigmoid' || units.length === 1 ? '' : `:${activation}`
  const name = `${kind}${units.join('-')}${bias ? '' : '-nobias'}${suffix}`
  const usual = usualLambda(kind, units)
  const isUsual = (from: number) => lambda.slice(from).every((value, i) => value === usual[i + from])
  if (units.length > 1 && isUsual(0)) return name
  const one = kind === 'AE' ? lambda[0] === usual[0] : new Set(lambda).size === 1
  return `${name}(${(one ? lambda.slice(-1) : lambda).map(short).join(',')})`
}

/** Names of the layers, input to output: `hidden1`, `hidden2`, …, `logits`; an autoencoder's hidden layer is the `code`. */
export function layersOf({ kind, units }: Pick<Architecture, 'kind' | 'units'>): readonly string[] {
  const hidden = units.slice(0, -1).map((_, i) => (kind === 'AE' ? 'code' : `hidden${i + 1}`))
  return [...hidden, 'logits']
}

function usualLambda(kind: Architecture['kind'], units: readonly number[]): number[] {
  if (units.length === 1) return [1e-4]
  return units.map((_, i) => (i === units.length - 1 ? 1e-6 : kind === 'AE' ? AUTOENCODER_LAMBDA : 1e-5))
}

function lambdas(
  text: string,
  kind: Architecture['kind'],
  decays: string,
  usual: readonly number[],
): number[] {
  const given = decays.split(',').map((value) => (value === '' ? NaN : Number(value)))
  if (!given.every((value) => Number.isFinite(value) && value >= 0)) {
    throw wrong(text, `λ to be numbers from 0, got "${decays}"`)
  }
  if (given.length === usual.length) return given
  if (given.length === 1) return kind === 'AE' ? [usual[0], given[0]] : usual.map(() => given[0])
  throw wrong(text, `one λ for all or one for each of ${usual.length} layers, got ${given.length}`)
}

/** A number in short, as the names of the paper's networks have it: 1e-4 for 0.0001, 1 for 1. */
function short(value: number): string {
  return value.toExponential().replace('e+0', '').replace('e+', 'e')
}

function isActivation(text: string): text is Activation {
  return (ACTIVATIONS as readonly string[]).includes(text)
}

function wrong(text: string, what: string): BlindspotError {
  return new BlindspotError(
    'bad-option',
    `architecture "${text}": expected ${what}; examples: FC10(1e-4), FC10-nobias(1), FC100-100-10, FC100-100-10:relu(1e-5,1e-5,1e-6), AE400-10`,
  )
}
