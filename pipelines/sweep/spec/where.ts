import * as v from 'valibot'
import { keyed } from '../../../operators/records/expected.js'
import { oneOrMore, several } from './values.js'

const scalar = v.union([v.string(), v.number(), v.boolean()], 'a text, a number, or true or false')
const range = keyed({
  min: v.optional(v.number()),
  max: v.optional(v.number()),
  not: v.optional(oneOrMore(scalar)),
})
const given = oneOrMore(scalar)
const test = v.lazy((input): typeof given | typeof range =>
  typeof input === 'object' && input !== null && !Array.isArray(input) ? range : given,
)
export type Test = v.InferOutput<typeof test>

/** What a combination of a grid can be asked. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>

/** What holds of some combinations. */
export type Condition =
  { readonly not: Condition } | { readonly any: readonly Condition[] } | Readonly<Record<string, Test>>

/**
 * A condition on some keys, which holds where each of them has the value, one of the values, or one from `min` to `max` that is
 * `not` others; `not` of a condition holds where that does not, `any` where one of several does.
 *
 * @param keys that can be asked
 */
export function conditionOf(keys: readonly string[]): v.GenericSchema<Condition> {
  const known = v.pipe(
    // not valibot's record, which leaves out some names without a word
    v.custom<Record<string, unknown>>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      'an object',
    ),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      for (const [key, value] of Object.entries(dataset.value))
        if (!keys.includes(key))
          addIssue({
            message: `one of the keys ${[...keys, 'not', 'any'].join(', ')}`,
            input: key,
            path: [{ type: 'object', origin: 'key', input: dataset.value, key, value }],
          })
    }),
    v.record(v.string(), test),
  )
  const condition: v.GenericSchema<unknown, Condition> = v.lazy((input) => {
    if (typeof input === 'object' && input !== null && 'not' in input) return keyed({ not: condition })
    if (typeof input === 'object' && input !== null && 'any' in input)
      return keyed({ any: v.pipe(v.array(condition), v.minLength(1, 'a list of one or more')) })
    return known
  })
  // what goes in is a condition too, though the schema takes anything to say what is wrong with it
  return condition as v.GenericSchema<Condition>
}

/** Conditions of which all have to hold: one, or a list. */
export const conditions = (keys: readonly string[]) => several(conditionOf(keys))

/** Whether a condition holds. */
export function holds(condition: Condition, fields: Fields): boolean {
  if ('not' in condition && typeof condition.not === 'object')
    return !holds(condition.not as Condition, fields)
  if ('any' in condition) return (condition.any as readonly Condition[]).some((one) => holds(one, fields))
  return Object.entries(condition as Readonly<Record<string, Test>>).every(([key, asked]) =>
    passes(asked, fields[key]),
  )
}

function passes(asked: Test, value: Fields[string]): boolean {
  if (typeof asked !== 'object') return value === asked
  if (Array.isArray(asked)) return asked.some((one) => one === value)
  const { min = -Infinity, max = Infinity, not = [] } = asked
  if ([not].flat().some((one) => one === value)) return false
  return (
    (min === -Infinity && max === Infinity) || (typeof value === 'number' && value >= min && value <= max)
  )
}
