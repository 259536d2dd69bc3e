import { described } from '../options/described.js'
import { BlindspotError } from '../errors.js'

/** Throws `bad-option` unless `value` is a whole number from 1. */
export function positiveInteger(owner: string, option: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return
  throw new BlindspotError(
    'bad-option',
    `${owner}: ${option}: expected a whole number from 1, got ${described(value)}`,
  )
}
