import { BlindspotError } from '../../operators/errors.js'
import { described } from '../../operators/options/described.js'
import type { Lake } from './lake.js'

/**
 * Checks that something is a data set that is open, which the path of one is not.
 *
 * @param of who is given it
 * @param member one that is asked for
 * @throws BlindspotError `bad-option`
 */
export function requireLake(of: string, lake: unknown, member: 'files' | 'latest' = 'files'): void {
  if (typeof (Object(lake) as Partial<Lake>)[member] === 'function') return
  throw new BlindspotError(
    'bad-option',
    `${of}: expected a data set, got ${described(lake)}; open it with await openLake('its folder')`,
  )
}
