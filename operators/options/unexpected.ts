import { BlindspotError } from '../errors.js'
import { described } from './described.js'

/**
 * The error of a value that is not what it is to be.
 *
 * @param what what it is of, such as `score: models`
 * @example throw unexpected('takeRows', 'a whole number of rows from 0', -1)
 */
export const unexpected = (what: string, expected: string, got: unknown): BlindspotError =>
  new BlindspotError('bad-option', `${what}: expected ${expected}, got ${described(got)}`)
