import * as v from 'valibot'
import { ACTIVATIONS } from '../../../operators/architecture.js'
import { BlindspotError } from '../../../operators/errors.js'
import { PENALTIES } from '../../../operators/minimize/penalty.js'
import { METHODS, PLAIN_GOALS } from '../../../operators/records/codes.js'
import { keyed, mismatch, placeOf } from '../../../operators/records/expected.js'
import { BASES } from '../../../operators/ranking/basis.js'
import { DECAYS, OPTIMIZERS } from '../../../operators/tensor/training/recipe.js'
import { finite, seedSchema, wholeFrom0, wholeFrom1 } from '../../steps/numbers.js'
import { numbers, several } from './values.js'
import { conditions } from './where.js'

const positive: v.GenericSchema<number> = v.pipe(finite, v.minValue(Number.MIN_VALUE, 'a number above 0'))
const notNegative: v.GenericSchema<number> = v.pipe(finite, v.minValue(0, 'a number from 0'))
const layers = v.pipe(wholeFrom0, v.maxValue(1000, 'at most 1000 layers'))
const classes = v.pipe(wholeFrom1, v.minValue(2, 'a whole number from 2'))
const no = v.literal(false, 'an object, or false for none')
/** Objects, or false for none. */
const orFalse = <const Other extends v.GenericSchema>(other: Other) =>
  v.lazy((input): Other | typeof no => (typeof input === 'boolean' ? no : other))
/** A name, or something else. */
const textOr = <const Text extends v.GenericSchema, const Other extends v.GenericSchema>(
  text: Text,
  other: Other,
) => v.lazy((input): Text | Other => (typeof input === 'string' ? text : other))

/** What conditions can ask of a network, by the names that the grid has. */
const NETWORK_KEYS = [
  ...([
    'architecture',
    'depth',
    'width',
    'activation',
    'convolutions',
    'bias',
    'lambda',
    'seed',
    'half',
  ] as const),
  ...(['epochs', 'iterations', 'learningRate', 'batchSize', 'optimizer', 'decay', 'limit'] as const),
]
/** What they can ask of an attack beside. */
const ATTACK_KEYS = ['method', 'goal', 'attackSeed', 'penalty', 'maxEvaluations', 'attackIterations'] as const

const networks = v.pipe(
  keyed({
    /** Architectures in their short form, such as FC100-100-10; or else `depth` and `width`. */
    architecture: v.optional(several(v.string())),
    /** Hidden dense layers, of `width` units each. */
    depth: v.optional(numbers(layers)),
    width: v.optional(numbers(wholeFrom1)),
    /** Convolutions below them, as CNN16x5-32x5-10 has them: 16x5-32x5, or none. */
    convolutions: v.optional(several(v.string())),
    /** Default: sigmoid, with convolutions relu. */
    activation: v.optional(several(v.picklist(ACTIVATIONS))),
    bias: v.optional(several(v.boolean())),
    /** Units of the last layer. Default 10. */
    classes: v.optional(classes),
    /** Weight decay of all layers. Default: the architecture's. */
    lambda: v.optional(numbers(notNegative)),
    /** Seeds of the initial weights and the shuffles. Default 1. */
    seed: v.optional(numbers(seedSchema)),
    /** The halves of the training images to train on, or all. Default: all. */
    half: v.optional(several(v.picklist(['all', 'P1', 'P2']))),
    epochs: v.optional(numbers(wholeFrom1)),
    iterations: v.optional(numbers(wholeFrom1)),
    learningRate: v.optional(numbers(positive)),
    batchSize: v.optional(numbers(wholeFrom1)),
    optimizer: v.optional(several(v.picklist(OPTIMIZERS))),
    decay: v.optional(several(v.picklist(DECAYS))),
    /** Training images, drawn by the seed. Default: all. */
    limit: v.optional(numbers(wholeFrom1)),
    /** SOURCE of the training images. Default mnist:train. */
    data: v.optional(v.string()),
    /** SOURCE of the images that the test error is of. Default: the test split of `data`. */
    test: v.optional(v.string()),
    /** Conditions of which all hold of a combination that is trained. */
    where: v.optional(conditions(NETWORK_KEYS)),
  }),
  v.check(
    ({ architecture, depth, width, convolutions, activation, bias, classes: last }) =>
      architecture === undefined ||
      [depth, width, convolutions, activation, bias, last].every((other) => other === undefined),
    'architecture, or depth, width, convolutions, activation, bias and classes',
  ),
  v.check(
    ({ architecture, depth, width, convolutions }) =>
      architecture !== undefined ||
      (depth !== undefined && (width !== undefined || depth.every((n) => n === 0))) ||
      convolutions !== undefined,
    'architecture, or depth and width',
  ),
)

const attacks = keyed({
  /** SOURCE of the images that are attacked. Default: the test images. */
  data: v.optional(v.string()),
  /** Seed of the images' order. Default 1. */
  order: v.optional(seedSchema),
  /** Images, the first in that order. Default 256. */
  limit: v.optional(wholeFrom1),
  /** Images of a step: what an interruption costs at most, and what workers share. Default 1000. */
  shard: v.optional(wholeFrom1),
  /** How examples are looked for. Default l-bfgs. */
  method: v.optional(several(v.picklist(METHODS))),
  /** Default: random, of deepfool untargeted. */
  goal: v.optional(several(v.picklist(PLAIN_GOALS))),
  /** Seeds of the random targets. Default 1. */
  seed: v.optional(numbers(seedSchema)),
  penalty: v.optional(several(v.picklist(PENALTIES))),
  maxEvaluations: v.optional(numbers(wholeFrom1)),
  /** Of deepfool and ddn. */
  iterations: v.optional(numbers(wholeFrom1)),
  /** Conditions on network and attack of which all hold; the attack's seed is `attackSeed`, its iterations `attackIterations`. */
  where: v.optional(conditions([...NETWORK_KEYS, ...ATTACK_KEYS])),
})

const pair = keyed({
  source: v.optional(conditions([...NETWORK_KEYS, ...ATTACK_KEYS])),
  victim: v.optional(conditions(NETWORK_KEYS)),
})

const scores = keyed({
  /** Which examples which networks are shown. Default `all`. */
  pairs: v.optional(textOr(v.picklist(['all', 'same-seed']), several(pair))),
  /** Standard deviations of Gaussian noise that all networks are shown, on the images that are attacked. Default: none. */
  noise: v.optional(numbers(positive)),
})

const ranks = keyed({
  /** Layers by name. Default: all hidden ones. */
  layers: v.optional(several(v.string())),
  /** SOURCE of the images that are ranked. Default: the test images. */
  data: v.optional(v.string()),
  limit: v.optional(wholeFrom1),
  basis: v.optional(several(v.picklist(BASES))),
  count: v.optional(wholeFrom1),
  top: v.optional(wholeFrom1),
  seed: v.optional(seedSchema),
  /** Conditions on the network of which all hold. */
  where: v.optional(conditions(NETWORK_KEYS)),
})

const schema = keyed({
  /** What the sweep is called; letters, digits, `-` and `_`. Default `sweep`. */
  name: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w-]{0,63}$/, '1 to 64 letters, digits, - and _')),
  ),
  /** A grid, of whose combinations each is a network, or a list of grids. */
  train: several(networks),
  /** Attacks on each network, a grid or a list of them; false: none. Default: one of random targets on 256 test images. */
  attack: v.optional(orFalse(several(attacks))),
  /** What is shown to which network; false: nothing. Default: all examples to all networks. */
  score: v.optional(orFalse(scores)),
  /** Rankings of images along units and directions of hidden layers. Default: none. */
  rank: v.optional(ranks),
})

/** A sweep as data: YAML and JSON have the same keys. */
export type SweepSpec = Given<v.InferInput<typeof schema>>

/** Something of which nothing is changed. */
export type Given<T> = T extends readonly (infer Each)[]
  ? readonly Given<Each>[]
  : T extends object
    ? { readonly [Key in keyof T]: Given<T[Key]> }
    : T

/** The same, with each grid's values as lists. */
export type CheckedSweep = v.InferOutput<typeof schema>
export type NetworkGrid = CheckedSweep['train'][number]
export type AttackGrid = v.InferOutput<typeof attacks>

/**
 * Checks a sweep.
 *
 * @param place what an error calls it, such as its file
 * @throws BlindspotError `bad-option`, naming the key, its value and what was expected
 */
export function checkSweep(spec: unknown, place = 'sweep'): CheckedSweep {
  const parsed = v.safeParse(schema, spec, { abortEarly: true })
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new BlindspotError('bad-option', mismatch(issue, [place, placeOf(issue)].filter(Boolean).join(': ')))
}
