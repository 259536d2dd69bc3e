import { BlindspotError } from './errors.js'
import { unexpected } from './options/unexpected.js'
import { requireText } from './options/requireKinds.js'

/** Activation functions of hidden layers. */
export const ACTIVATIONS = ['sigmoid', 'tanh', 'relu'] as const
export type Activation = (typeof ACTIVATIONS)[number]

/** A convolution of stride 1 that keeps height and width, its activation, and 2×2 max pooling, which halves them. */
export interface Convolution {
  readonly filters: number
  /** Height and width of a filter. */
  readonly size: number
}

/** A network as plain data. */
export type Architecture = DenseArchitecture | ConvolutionalArchitecture

/** `FC`: dense layers with a softmax on top. `AE`: a softmax on a frozen sparse autoencoder's code. */
export interface DenseArchitecture extends Layers {
  readonly kind: 'FC' | 'AE'
}

/** Convolutions below dense layers with a softmax on top. */
export interface ConvolutionalArchitecture extends Layers {
  readonly kind: 'CNN'
  /** Input to output, one or more. */
  readonly convolutions: readonly Convolution[]
}

export interface Layers {
  /** Units per dense layer, the classes last: [10], [100, 100, 10], [400, 10]. */
  readonly units: readonly number[]
  /** Activation function of the hidden layers and the convolutions. */
  readonly activation: Activation
  /** Weight decay λ per layer, convolutions first. */
  readonly lambda: readonly number[]
  /** Whether the layers add a bias to x·W; an autoencoder's always do. Default true. */
  readonly bias?: boolean
}

/** λ of the autoencoder below the softmax, 5e-4 Σw², chosen together with the recipe's learning rate and epochs. */
const AUTOENCODER_LAMBDA = 1e-3

const MOST_UNITS = 65_536
const MOST_FILTERS = 4096
const MOST_FILTER_SIZE = 63

const FORM = /^(?:(FC|AE)|CNN(\d+x\d+(?:-\d+x\d+)*)-)(\d+(?:-\d+)*)(-nobias)?(?::([a-z]+))?(?:\((.*)\))?$/
const WRITTEN =
  'KIND units[-units…][-nobias][:activation][(λ[,λ…])], after CNN with convolutions as filters×size before the units'

/**
 * Reads an architecture from its short form, `KIND units[-units…][-nobias][:activation][(λ[,λ…])]`.
 *
 * `CNN16x5-32x5-128-10` has convolutions of 16 and then 32 filters of 5×5, each with 2×2 max pooling, 128 hidden units and
 * 10 classes; its activation is relu unless another is named.
 *
 * `FC100-100-10` has two hidden layers of 100 sigmoid units; `-nobias` leaves the biases of all layers out: the paper's
 * linear networks are `FC10-nobias`; `:tanh` or `:relu` chooses another activation; one λ in parentheses is for all layers, several are for one each. Without λ the paper's are taken: 1e-4 for
 * a softmax on the pixels, 1e-5 for hidden layers and 1e-6 for the last. `AE400-10` is a softmax on an
 * autoencoder's 400 units; one λ is the softmax's (1e-6), two are the autoencoder's and the softmax's.
 *
 * @throws BlindspotError `bad-option`
 * @example
 * parseArchitecture('FC100-100-10:relu(1e-5,1e-5,1e-6)').units // [100, 100, 10]
 */
export function parseArchitecture(text: string): Architecture {
  requireText('architecture', text, 'a text, such as FC100-100-10')
  const match = FORM.exec(text.replace(/\s/g, ''))
  if (match === null) throw wrong(text, `the form ${WRITTEN}`)
  const [first, convolved, dense, without, suffix, decays] = match.slice(1) as (string | undefined)[]
  const kind = convolved !== undefined ? 'CNN' : first === 'AE' ? 'AE' : 'FC'
  const units = (dense ?? '').split('-').map(Number)
  const convolutions = convolved === undefined ? [] : convolutionsOf(text, convolved)
  const activation = suffix ?? usualActivation(kind)
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
  if (kind !== 'CNN' && units.length === 1 && suffix !== undefined)
    throw wrong(text, `a hidden layer for the activation, got none`)
  const usual = usualLambda(kind, [...convolutions, ...units])
  const lambda = decays === undefined ? usual : lambdas(text, kind, decays, usual)
  const rest = { units, activation, lambda, bias: without === undefined }
  return kind === 'CNN' ? { kind, convolutions, ...rest } : { kind, ...rest }
}

/**
 * Checks that something is an architecture as plain data.
 *
 * @param what what it is, such as `train: architecture`
 * @throws BlindspotError `bad-option`
 */
export function requireArchitecture(what: string, given: unknown): void {
  const { kind, units, activation, lambda, ...rest } = Object(given) as Partial<Record<string, unknown>>
  const convolutions: unknown = kind === 'CNN' ? rest['convolutions'] : []
  const isOne =
    (kind === 'FC' || kind === 'AE' || kind === 'CNN') &&
    ACTIVATIONS.some((name) => name === activation) &&
    [units, lambda, convolutions].every(Array.isArray)
  if (isOne) return
  throw unexpected(what, 'what parseArchitecture makes of a text, such as FC100-100-10', given)
}

/**
 * The canonical short form: λ is left out where it is the default, but never for a single layer, whose λ
 * is its name: `FC10(1e-4)`. `parseArchitecture` reads it back to the same architecture.
 */
export function formatArchitecture(architecture: Architecture): string {
  requireArchitecture('formatArchitecture', architecture)
  const { kind, units, activation, lambda, bias = true } = architecture
  const convolutions = convolutionsIn(architecture)
  const items = [...convolutions.map(({ filters, size }) => `${filters}x${size}`), ...units]
  const suffix = activation === usualActivation(kind) || items.length === 1 ? '' : `:${activation}`
  const name = `${kind}${items.join('-')}${bias ? '' : '-nobias'}${suffix}`
  const usual = usualLambda(kind, items)
  const isUsual = (from: number) => lambda.slice(from).every((value, i) => value === usual[i + from])
  if (items.length > 1 && isUsual(0)) return name
  const one = kind === 'AE' ? lambda[0] === usual[0] : new Set(lambda).size === 1
  return `${name}(${(one ? lambda.slice(-1) : lambda).map(short).join(',')})`
}

/**
 * Names of the layers, input to output: `conv1`, `conv2`, …, `hidden1`, `hidden2`, …, `logits`; an autoencoder's hidden layer
 * is the `code`.
 */
export function layersOf(architecture: Architecture): readonly string[] {
  const { kind, units } = architecture
  const hidden = units.slice(0, -1).map((_, i) => (kind === 'AE' ? 'code' : `hidden${i + 1}`))
  return [...convolutionsIn(architecture).map((_, i) => `conv${i + 1}`), ...hidden, 'logits']
}

/** What of an architecture networks are told apart by. */
export interface ArchitectureSize {
  /** Hidden layers, convolutions among them. */
  readonly depth: number
  /** Units, or filters, of the widest of them; 0 without one. */
  readonly width: number
  /** Their activation function; empty without one. */
  readonly activation: Activation | ''
  /** λ of all layers; NaN where they have several. */
  readonly weightDecay: number
}

export function sizeOfArchitecture(architecture: Architecture): ArchitectureSize {
  const { units, activation, lambda } = architecture
  const hidden = [...convolutionsIn(architecture).map(({ filters }) => filters), ...units.slice(0, -1)]
  return {
    depth: hidden.length,
    width: Math.max(0, ...hidden),
    activation: hidden.length === 0 ? '' : activation,
    weightDecay: new Set(lambda).size === 1 ? lambda[0] : NaN,
  }
}

/** An architecture's convolutions, none of a dense one. */
export const convolutionsIn = (architecture: Architecture): readonly Convolution[] =>
  architecture.kind === 'CNN' ? architecture.convolutions : []

const usualActivation = (kind: Architecture['kind']): Activation => (kind === 'CNN' ? 'relu' : 'sigmoid')

function usualLambda(kind: Architecture['kind'], layers: readonly unknown[]): number[] {
  if (layers.length === 1) return [1e-4]
  return layers.map((_, i) => (i === layers.length - 1 ? 1e-6 : kind === 'AE' ? AUTOENCODER_LAMBDA : 1e-5))
}

function convolutionsOf(text: string, items: string): readonly Convolution[] {
  return items.split('-').map((item) => {
    const [filters, size] = item.split('x').map(Number)
    if (!(filters > 0 && filters <= MOST_FILTERS))
      throw wrong(text, `1 to ${MOST_FILTERS} filters in each convolution, got ${filters}`)
    if (!(size > 0 && size <= MOST_FILTER_SIZE))
      throw wrong(text, `filters of 1×1 to ${MOST_FILTER_SIZE}×${MOST_FILTER_SIZE}, got ${size}×${size}`)
    return { filters, size }
  })
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
    `architecture "${text}": expected ${what}; examples: FC10(1e-4), FC10-nobias(1), FC100-100-10, FC100-100-10:relu(1e-5,1e-5,1e-6), AE400-10, CNN16x5-32x5-128-10`,
  )
}
