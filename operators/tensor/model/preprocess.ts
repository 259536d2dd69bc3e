import * as v from 'valibot'
import { usualFraming, type Framing } from '../../classifier/framing.js'
import { expected, shown } from '../../records/expected.js'
import { boxFault, FARTHEST_WIDTHS, LARGEST_VALUE, powerText, SMALLEST_WIDTH } from '../../minimize/box.js'
import { framingFrom } from './crop.js'
import { finite, parsed, whole } from './issues.js'
import { requireKnownKeys } from './preprocessKeys.js'
import { isObject } from '../../options/isObject.js'
import { sizeFromShape } from '../../classifier/sizeFromShape.js'

/** What a network's input is made of pixels from 0 to 1: of each of its channels scale · pixel + offset. */
export interface Preparation {
  /** Shape of one of the network's own inputs. */
  readonly inputShape: readonly number[]
  /** Shape of an image, channels last. */
  readonly imageShape: readonly number[]
  /** Of the network's channels. */
  readonly scale: readonly number[]
  readonly offset: readonly number[]
  /** Whether the network has blue first. */
  readonly reversed: boolean
  /** Whether the network has channels first. */
  readonly channelsFirst: boolean
  readonly framing: Framing | undefined
  readonly logits: string | undefined
}

const perChannel = v.nullish(v.union([finite, v.array(finite)], 'a number, or one for each channel'))
const pair = v.strictTuple([finite, finite], 'two numbers')
const layer = v.nullish(v.pipe(v.string(), v.nonEmpty('the name of a layer')))

/** Numbers that float32 can divide by, and what is then left of a gradient. */
const isDivisor = (value: number): boolean => value >= SMALLEST_WIDTH && value <= LARGEST_VALUE
const DIVISORS = `a number from ${powerText(SMALLEST_WIDTH)} to ${powerText(LARGEST_VALUE)}`

const schema = v.object({
  inputShape: v.nullish(v.array(v.nullable(whole(-1)))),
  size: v.nullish(
    v.union([whole(1), v.strictTuple([whole(1), whole(1)])], 'a size in pixels, or [height, width]'),
  ),
  layout: v.nullish(v.picklist(['NHWC', 'NCHW'])),
  channelOrder: v.nullish(v.picklist(['RGB', 'BGR'])),
  divide: v.nullish(v.pipe(finite, expected(isDivisor, DIVISORS))),
  box: v.nullish(pair),
  mean: perChannel,
  std: perChannel,
  inputRange: v.nullish(v.union([pair, v.array(pair)], '[least, largest], or one for each channel')),
  crop: v.optional(v.unknown()),
  outputs: v.nullish(v.object({ logits: layer, probabilities: layer })),
})

const NOTES = ['model', 'classes', 'labels', 'note', 'notes', 'accuracy', 'version', 'license', 'source']

/**
 * Checks a preprocess.json for a network.
 *
 * @param modelInput shape of one of the network's own inputs; -1 for what only `inputShape` tells
 * @throws Error that names the key
 */
export function preparationFrom(json: unknown, modelInput: readonly number[]): Preparation {
  requireKnownKeys(json, '', Object.keys(schema.entries), NOTES)
  const given = parsed(schema, json)
  if (isObject(json)) requireKnownKeys(json['outputs'], 'outputs', ['logits', 'probabilities'], ['note'])
  const channelsFirst = given.layout === 'NCHW'
  const input = given.inputShape ? filled(given.inputShape, modelInput) : modelInput
  requireFixed(input)
  const imageShape = imageShapeOf(input, given.layout ?? 'NHWC')
  const [height, width] = imageShape
  const channels = imageShape.length === 3 ? imageShape[2] : 1
  const size = given.size ?? undefined
  if (
    size !== undefined &&
    (imageShape.length === 1 || [size, size].flat().slice(0, 2).join() !== `${height},${width}`)
  )
    throw new Error(
      imageShape.length === 1
        ? `size: expected none, the network takes ${height} values, got ${shown(size)}`
        : `size: expected [${height}, ${width}], which the network takes, got ${shown(size)}`,
    )
  const reversed = given.channelOrder === 'BGR'
  if (reversed && channels !== 3)
    throw new Error(`channelOrder: expected three channels, the network takes [${input.join(', ')}]`)
  const mean = channelsOf('mean', given.mean ?? 0, channels)
  const std = channelsOf('std', given.std ?? 1, channels)
  const zero = std.find((value) => !isDivisor(value))
  if (zero !== undefined) throw new Error(`std: expected ${DIVISORS}, got ${zero}`)
  const [low, range] = boxOf(given.box, given.divide)
  const far = mean.find((value) => !(Math.abs(value - low) <= FARTHEST_WIDTHS * range))
  if (far !== undefined)
    throw new Error(
      `mean: expected numbers within ${FARTHEST_WIDTHS} widths of the box [${low}, ${low + range}], beside which float32 still has its pixels, got ${far}`,
    )
  const scale = std.map((value) => range / value)
  const offset = mean.map((value, c) => (low === 0 ? 0 - value / std[c] : (low - value) / std[c]))
  if (given.inputRange) requireRange(given.inputRange, scale, offset)
  const framing = channels === 3 ? framingFrom(given.crop, [height, width]) : undefined
  const logits = given.outputs?.logits ?? given.outputs?.probabilities ?? undefined
  return { inputShape: input, imageShape, scale, offset, reversed, channelsFirst, framing, logits }
}

/** The least value and the width of what pixels from 0 to 1 are brought to before mean and std. */
function boxOf(
  box: readonly [number, number] | null | undefined,
  divide: number | null | undefined,
): readonly [low: number, width: number] {
  if (!box) return [0, 255 / (divide ?? 255)]
  if (typeof divide === 'number')
    throw new Error(
      `box and divide: expected one of them, since [0, ${255 / divide}] is the box of divide ${divide}`,
    )
  const [low, high] = box
  const fault = boxFault(box)
  if (fault === undefined) return [low, high - low]
  throw new Error(`box: ${fault}, such as [-1, 1], got ${shown(box)}`)
}

/** The shape of an image with its channels last; what is no image of three dimensions has one. */
function imageShapeOf(input: readonly number[], layout: 'NHWC' | 'NCHW'): readonly number[] {
  const first = layout === 'NCHW'
  if (input.length !== 3) {
    if (!first) return input
    throw new Error(
      `layout: expected inputs of [channels, height, width], the network takes [${input.join(', ')}]`,
    )
  }
  const [own, other] = first ? [input[0], input[2]] : [input[2], input[0]]
  const isUsual = (channels: number) => channels === 1 || channels === 3
  if (!isUsual(own) && isUsual(other))
    throw new Error(
      `layout: expected 1 or 3 channels in the place that ${layout} has them, the network takes [${input.join(', ')}]`,
    )
  return first ? [input[1], input[2], input[0]] : input
}

/** What is done for a model without a preprocess.json: nothing, but that photographs can become inputs of three channels. */
export function noPreparation(input: readonly number[]): Preparation {
  requireFixed(input)
  const [height, width, channels] = input
  const scale = Array.from({ length: input.length === 3 ? channels : 1 }, () => 1)
  return {
    ...{ inputShape: input, imageShape: input, reversed: false, channelsFirst: false, logits: undefined },
    ...{ scale, offset: scale.map(() => 0) },
    framing: input.length === 3 && channels === 3 ? usualFraming([height, width]) : undefined,
  }
}

/** Whether an input is the image itself. */
export const isIdentity = ({ scale, offset, reversed, channelsFirst }: Preparation): boolean =>
  !reversed && !channelsFirst && scale.every((value) => value === 1) && offset.every((value) => value === 0)

/** The network's input, with what it leaves open from a file's `inputShape`. */
function filled(given: readonly (number | null)[], input: readonly number[]): readonly number[] {
  const own = given.length === input.length + 1 ? given.slice(1) : given
  if (own.length === input.length && own.every((size, i) => size === input[i] || input[i] < 0))
    return own.map((size) => size ?? -1)
  throw new Error(`inputShape: expected [${input.join(', ')}], which the network takes, got ${shown(given)}`)
}

/** Values of one input at most, as of any tensor. */
const MOST_VALUES = 2 ** 28

function requireFixed(input: readonly number[]): void {
  const values = sizeFromShape(input)
  if (input.every((size) => Number.isSafeInteger(size) && size > 0) && values <= MOST_VALUES) return
  throw new Error(
    `inputShape: expected one input of a fixed shape, of at most ${MOST_VALUES} values, the network takes [${input.join(', ')}]; ` +
      'a preprocess.json beside it can say which',
  )
}

function channelsOf(key: string, given: number | readonly number[], channels: number): readonly number[] {
  const all = typeof given === 'number' ? Array.from({ length: channels }, () => given) : given
  if (all.length === channels) return all
  throw new Error(
    `${key}: expected ${channels === 1 ? 'a number' : `${channels} numbers, one for each channel`}, got ${shown(given)}`,
  )
}

/** How far a stated end of a range may be from the right one, of its width: people round. */
const ROUNDED = 0.02

function requireRange(
  given: readonly (number | readonly number[])[],
  scale: readonly number[],
  offset: readonly number[],
): void {
  const ranges = given.flat()
  const right = scale.flatMap((value, c) => [offset[c], value + offset[c]])
  const all = typeof given[0] === 'number' ? scale.flatMap(() => ranges) : ranges
  const fits = all.every((end, i) => Math.abs(end - right[i]) <= ROUNDED * scale[i >> 1])
  if (all.length === right.length && fits) return
  const shownRanges = scale.map((value, c) => `[${offset[c]}, ${value + offset[c]}]`).join(', ')
  throw new Error(
    `inputRange: expected ${shownRanges}, which box or divide, mean and std make of the pixels, got ${shown(given)}`,
  )
}
