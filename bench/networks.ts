import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import { settings } from './settings.js'

/** Where `blindspot paper` leaves its networks unless told otherwise. */
const TRAINED = 'results/networks'

/** A bench's words: `MODEL…` folders, by default all that `blindspot paper` has trained, and `name=N` numbers. */
export async function networksAsked(words: readonly string[]) {
  const { named, number, text } = settings(words)
  const models =
    named.length > 0
      ? named
      : (await readdir(TRAINED).catch(() => [])).sort().map((name) => join(TRAINED, name))
  if (models.length === 0) {
    throw new BlindspotError(
      'bad-option',
      `expected folders with a model.json, or networks in ${TRAINED}: run \`blindspot paper\` first`,
    )
  }
  return { models, number, text }
}
