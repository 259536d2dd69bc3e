import { unexpected } from '../options/unexpected.js'

/** Throws `bad-option` unless `value` is a whole number from 1. */
export function positiveInteger(owner: string, option: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return
  throw unexpected(`${owner}: ${option}`, 'a whole number from 1', value)
}
