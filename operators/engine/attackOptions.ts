import { METHODS, type Goal, type Method } from '../records/codes.js'
import { METHOD_DEFAULTS } from './methodDefaults.js'

/** Seed of the random targets unless told otherwise. */
export const USUAL_SEED = 1

/**
 * The options of an attack that are not as usual, as the column `options` has them: `seed=2 penalty=norm`.
 *
 * @param seed of the targets, which changes rows where they are drawn alone
 * @param how the method's own options
 */
export function unusualOptions(method: Method, goal: Goal, seed: number, how: object): string {
  const usual = new Set(usualOptions(method, goal))
  return [...(goal === 'random' ? [term('seed', seed)] : []), ...terms(how)]
    .filter((one) => !usual.has(one))
    .join(' ')
}

/** All options of an attack of which nothing was said, in their order, as `seed=1`; none of a method that there is not. */
export function usualOptions(method: string, goal: string): readonly string[] {
  const known = METHODS.find((name) => name === method)
  if (known === undefined) return []
  return [...(goal === 'random' ? [term('seed', USUAL_SEED)] : []), ...terms(METHOD_DEFAULTS[known])]
}

const term = (name: string, value: number | string | undefined) => `${name}=${value ?? 'none'}`
const terms = (options: object) =>
  Object.entries(options as Readonly<Record<string, number | string | undefined>>).map(([name, value]) =>
    term(name, value),
  )
