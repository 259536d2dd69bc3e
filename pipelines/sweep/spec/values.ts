import * as v from 'valibot'
import { keyed } from '../../../operators/records/expected.js'
import { finite } from '../../steps/numbers.js'

/** Digits of a value of a range: 1e-7, not 1.0000000000000002e-7. */
const DIGITS = 12
/** Values of a range at most. */
const MOST = 100_000

const whole = v.pipe(v.number(), v.safeInteger('a whole number'))
/** An end of a range that does not say how many values it has. */
const end = v.pipe(v.number(), v.safeInteger('a whole number, or a count beside from and to'))
const count = v.pipe(whole, v.minValue(1, 'a whole number from 1'), v.maxValue(MOST, `at most ${MOST}`))

const scale = v.optional(v.picklist(['linear', 'log']))

/** The same distance apart, or with `log` by the same factor, both ends among them. */
const range = v.pipe(
  keyed({ from: finite, to: finite, count: v.optional(count), scale }),
  v.check(({ count: n }) => n !== undefined, 'a count beside from, to and scale'),
  v.check(
    ({ from, to, scale: how }) => how !== 'log' || (from > 0 && to > 0),
    'numbers above 0 on a log scale',
  ),
  v.check(
    ({ from, to, scale: how }) => Number.isFinite(how === 'log' ? to / from : to - from),
    'ends that are not as far apart',
  ),
)

/** Whole numbers from one to another. */
const wholes = v.pipe(
  keyed({ from: end, to: end }),
  v.check(({ from, to }) => to >= from, 'numbers from a smaller to a larger'),
  v.check(({ from, to }) => to - from < MOST, `at most ${MOST} values`),
)

/** A value, or a list of one or more; an error is of the one that the value looks like. */
export const oneOrMore = <const Each extends v.GenericSchema>(each: Each) => {
  const list = v.pipe(v.array(each), v.minLength(1, 'a list of one or more'))
  return v.lazy((input): Each | typeof list => (Array.isArray(input) ? list : each))
}

/** What of a grid has one value, or several, of each of which there are combinations. */
export const several = <const Each extends v.GenericSchema>(each: Each) =>
  v.pipe(
    oneOrMore(each),
    v.transform((value): readonly v.InferOutput<Each>[] => (Array.isArray(value) ? value : [value]) as never),
  )

/** The same of numbers, which may be a range: `{from: 1e-8, to: 1, count: 9, scale: log}`, `{from: 1, to: 5}`. */
export const numbers = (each: v.GenericSchema<number>) => {
  const given = oneOrMore(each)
  return v.pipe(
    v.lazy((input): typeof given | typeof wholes | typeof range => {
      if (typeof input !== 'object' || input === null || Array.isArray(input)) return given
      return 'count' in input || 'scale' in input ? range : wholes
    }),
    v.transform((value): number[] =>
      typeof value === 'number' ? [value] : Array.isArray(value) ? value : valuesOf(value),
    ),
    v.array(each),
  )
}

function valuesOf(asked: v.InferOutput<typeof range> | v.InferOutput<typeof wholes>): number[] {
  const { from, to } = asked
  if (!('count' in asked) || asked.count === undefined)
    return Array.from({ length: to - from + 1 }, (_, i) => from + i)
  const { count: n, scale } = asked
  if (n === 1) return [from]
  return Array.from({ length: n }, (_, i) => {
    const share = i / (n - 1)
    const value = scale === 'log' ? from * (to / from) ** share : from + (to - from) * share
    return Number(value.toPrecision(DIGITS))
  })
}
