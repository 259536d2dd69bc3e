import * as v from 'valibot'
import { BlindspotError } from '../../operators/errors.js'
import { mismatch, placeOf } from '../../operators/records/expected.js'

/**
 * A value as a schema has it.
 *
 * @param place what the value is, for the error
 * @throws BlindspotError `bad-option`
 */
export function valid<T>(schema: v.GenericSchema<unknown, T>, value: unknown, place: string): T {
  const parsed = v.safeParse(schema, value, { abortEarly: true })
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new BlindspotError('bad-option', mismatch(issue, placeOf(issue, place)))
}
