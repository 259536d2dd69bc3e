import * as v from 'valibot'
import { expected, mismatch, placeOf } from '../../records/expected.js'
import { isObject } from '../../options/isObject.js'

/** A whole number from `least` to 2^31 - 1, the most elements that a tensor can have. */
export const whole = (least: number) =>
  v.pipe(
    v.number(),
    expected(
      (value: number) => Number.isInteger(value) && value >= least && value < 2 ** 31,
      `a whole number from ${least} to 2147483647`,
    ),
  )

export const finite = v.pipe(
  v.number(),
  expected((value: number) => Number.isFinite(value), 'a finite number'),
)

/** A number that a network can compute with. */
export const finiteInFloat32 = v.pipe(
  v.number(),
  expected((value: number) => Number.isFinite(Math.fround(value)), 'a number that is finite in float32'),
)

/**
 * The value that a schema makes of `input`.
 *
 * @param place of `input` in its file
 * @throws Error that says where what was expected and what came
 */
export function parsed<T>(schema: v.GenericSchema<unknown, T>, input: unknown, place = ''): T {
  const result = v.safeParse(schema, input, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  throw new Error(mismatch(issue, inFile(issue, place)))
}

/**
 * An issue's place as in the file, with the name of the innermost layer that has one: `config.layers[2].config.units
 * (layer "hidden")`.
 */
function inFile(issue: v.BaseIssue<unknown>, start: string): string {
  const place = placeOf(issue, start, start === '' ? String : snake)
  const layer = (issue.path ?? []).reduce<string | undefined>(
    (so, { value }) => nameIn(value) ?? so,
    undefined,
  )
  return layer ? `${place} (layer ${JSON.stringify(layer)})` : place
}

function nameIn(value: unknown): string | undefined {
  if (!isObject(value) || value['className'] === undefined) return undefined
  const own = value['name'] ?? (isObject(value['config']) ? value['config']['name'] : undefined)
  return typeof own === 'string' ? own : undefined
}

const snake = (key: string) => key.replace(/[a-z](?=[A-Z])/g, '$&_').toLowerCase()
