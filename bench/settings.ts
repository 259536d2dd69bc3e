import { readFileSync } from 'node:fs'
import { BlindspotError } from '../operators/errors.js'

/** A bench's words: those that are no `name=value`, and the settings that the others are. Of `help` what stands at its head. */
export function settings(words: readonly string[]) {
  if (words.some((word) => /^-*h(elp)?$/.test(word))) {
    console.log(headOf(readFileSync(process.argv[1], 'utf8')))
    process.exit()
  }
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

/** The comment of a program that says how it is called. */
function headOf(program: string): string {
  const comments = program.match(/\/\*\*.*?\*\//gs) ?? []
  const head = comments.find((comment) => comment.includes('node dist/bench/')) ?? ''
  return head.replace(/^\/\*\*\n?|\n? \*\/$/g, '').replace(/^ \* ?/gm, '')
}
