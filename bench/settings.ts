import { BlindspotError } from '../operators/errors.js'

/** A bench's words: those that are no `name=value`, and the settings that the others are. */
export function settings(words: readonly string[]) {
  const named = words.filter((word) => !/^\w+=/.test(word))
  const given = new Map(words.filter((word) => !named.includes(word)).map(settingOf))
  return {
    named,
    text: (name: string, otherwise: string): string => given.get(name) ?? otherwise,
    number: (name: string, otherwise: number): number => {
      const word = given.get(name)
      const value = word === undefined ? otherwise : Number(word)
      if (Number.isSafeInteger(value) && value >= 0) return value
      throw new BlindspotError('bad-option', `${name}: expected a whole number from 0, got ${word}`)
    },
  }
}

function settingOf(word: string): [name: string, value: string] {
  const at = word.indexOf('=')
  return [word.slice(0, at), word.slice(at + 1)]
}
