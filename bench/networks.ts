import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BlindspotError } from '../operators/errors.js'

/** Where `blindspot paper` leaves its networks unless told otherwise. */
const TRAINED = 'results/networks'

/** A bench's words: `MODEL…` folders, by default all that `blindspot paper` has trained, and `name=N` numbers. */
export async function networksAsked(words: readonly string[]) {
  const named = words.filter((word) => !/^\w+=/.test(word))
  const settings = new Map(words.filter((word) => !named.includes(word)).map(settingOf))
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
  return {
    models,
    text: (name: string, otherwise: string): string => settings.get(name) ?? otherwise,
    number: (name: string, otherwise: number): number => {
      const given = settings.get(name)
      const value = given === undefined ? otherwise : Number(given)
      if (Number.isSafeInteger(value) && value >= 0) return value
      throw new BlindspotError('bad-option', `${name}: expected a whole number from 0, got ${given}`)
    },
  }
}

function settingOf(word: string): [name: string, value: string] {
  const at = word.indexOf('=')
  return [word.slice(0, at), word.slice(at + 1)]
}
