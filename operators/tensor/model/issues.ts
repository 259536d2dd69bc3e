import * as v from 'valibot'
import { isObject } from './readJson.js'

/** A check of valibot's whose message is what is expected. */
export const expected = <T>(holds: (value: T) => boolean, what: string): v.CheckAction<T, string> =>
  v.check(holds, what)

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

/**
 * The value that a schema makes of `input`.
 *
 * @param place of `input` in its file
 * @throws Error that says where what was expected and what was found
 */
export function parsed<T>(schema: v.GenericSchema<unknown, T>, input: unknown, place = ''): T {
  const result = v.safeParse(schema, input, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const at = placeOf(issue, place)
  if (issue.input === undefined) throw new Error(`${at} is missing`)
  const wanted = issue.type === 'check' || issue.expected === null ? issue.message : issue.expected
  throw new Error(`${at}: expected ${wanted}, found ${shown(issue.input)}`)
}

/** As in the file, with the name of the innermost layer that has one: `config.layers[2].config.units (layer "hidden")`. */
function placeOf({ path }: v.BaseIssue<unknown>, start: string): string {
  let [place, layer] = [start, '']
  for (const { key, value } of path ?? []) {
    place +=
      typeof key === 'number' ? `[${key}]` : start === '' ? `.${String(key)}` : `.${snake(String(key))}`
    layer = nameIn(value) ?? layer
  }
  return `${place.replace(/^\./, '')}${layer && ` (layer ${JSON.stringify(layer)})`}`
}

function nameIn(value: unknown): string | undefined {
  if (!isObject(value) || value['className'] === undefined) return undefined
  const own = value['name'] ?? (isObject(value['config']) ? value['config']['name'] : undefined)
  return typeof own === 'string' ? own : undefined
}

const snake = (key: string) => key.replace(/[a-z](?=[A-Z])/g, '$&_').toLowerCase()

function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`
}
