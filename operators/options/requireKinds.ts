import { unexpected } from './unexpected.js'

/**
 * Checks that something is an array, which JavaScript does not: a text is a list of its letters.
 *
 * @param what what it is, such as `score: models`
 * @param of what it has, such as `classifiers`
 * @throws BlindspotError `bad-option`
 */
export function requireArray(what: string, given: unknown, of: string): void {
  if (Array.isArray(given)) return
  throw unexpected(what, `an array of ${of}`, given)
}

/**
 * Checks that something is a text.
 *
 * @param what what it is, such as `loadClassifier`
 * @param form what the text is, such as `a folder with model.json`
 * @throws BlindspotError `bad-option`
 */
export function requireText(what: string, given: unknown, form: string): void {
  if (typeof given === 'string') return
  throw unexpected(what, form, given)
}

/**
 * Checks that something is an array of texts.
 *
 * @param of what it has, such as `paths of models`
 * @throws BlindspotError `bad-option`
 */
export function requireTextsIn(what: string, given: unknown, of: string): void {
  requireArray(what, given, of)
  for (const one of given as readonly unknown[]) requireText(what, one, of)
}

/**
 * Checks that a text is one of a few.
 *
 * @param what what it is, such as `exportExamples: as`
 * @throws BlindspotError `bad-option`
 */
export function requireOneOf(what: string, given: unknown, names: readonly string[]): void {
  if (typeof given === 'string' && names.includes(given)) return
  const choices = names.length === 2 ? names.join(' or ') : `one of ${names.join(', ')}`
  throw unexpected(what, choices, given)
}
