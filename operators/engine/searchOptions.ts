import { unexpected } from '../options/unexpected.js'
import { BlindspotError } from '../errors.js'
import { positiveInteger } from '../flow/positiveInteger.js'
import { SEARCH_DEFAULTS, type SearchOptions } from '../minimize/searchDefaults.js'
import { PENALTIES } from '../minimize/penalty.js'

/** Search options that a caller gives; the others are SEARCH_DEFAULTS. */
export type GivenSearchOptions = { readonly [Name in keyof SearchOptions]?: SearchOptions[Name] | undefined }

/** Most pairs of the L-BFGS history, far beyond what helps. */
const MOST_MEMORY = 1000

/**
 * The options of a search, checked, with their defaults; the queue's, `batchSize`, is checked too.
 *
 * @throws BlindspotError `bad-option` for a penalty or number that cannot be used by `owner`
 */
export function searchOptionsOf(
  owner: string,
  batchSize: number,
  options: GivenSearchOptions,
): SearchOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const search: SearchOptions = { ...SEARCH_DEFAULTS, ...Object.fromEntries(given) }
  const { penalty, memory, maxSolves, maxIterations, maxEvaluations, ...tolerances } = search
  if (!PENALTIES.includes(penalty)) {
    throw new BlindspotError(
      'bad-option',
      `penalty: expected one of ${PENALTIES.join(', ')}, got '${penalty}'`,
    )
  }
  for (const [name, value] of Object.entries(tolerances)) {
    if (!(value > 0 && value < Infinity)) throw unexpected(name, 'a number over 0', value)
  }
  const whole = { batchSize, memory, maxSolves, maxIterations, maxEvaluations }
  for (const [name, value] of Object.entries(whole)) positiveInteger(owner, name, value)
  if (memory > MOST_MEMORY) {
    throw new BlindspotError(
      'bad-option',
      `${owner}: memory: expected at most ${MOST_MEMORY} pairs, got ${memory}`,
    )
  }
  return search
}
