import { BlindspotError } from '../../operators/errors.js'
import { CLASSES, classIndexOf, SUPERCLASSES } from './classes.js'

/**
 * Indices of the classes that words name, ascending and each once. A word is a wnid, an index from 0 to 999, the name of a
 * class or that of a superclass, which stands for all classes below it; capitals do not count and `_` is a space.
 *
 * @throws BlindspotError `bad-option` for a word that names nothing, with names near it, and for one that several share, with
 * their wnids
 * @example classesNamed('classes', ['n01440764', 'sea snake', 'dog', '7'])
 */
export function classesNamed(option: string, words: readonly string[]): readonly number[] {
  if (words.length === 0)
    throw new BlindspotError('bad-option', `${option}: expected names of classes, got none`)
  return [...new Set(words.flatMap((word) => named(option, word)))].sort((a, b) => a - b)
}

const plain = (word: string) => word.trim().replaceAll('_', ' ').toLowerCase()

function named(option: string, word: string): readonly number[] {
  const asked = plain(word)
  const synset = classIndexOf(asked)
  if (synset !== undefined) return [synset]
  if (/^\d+$/.test(asked) && Number(asked) < CLASSES.length) return [Number(asked)]
  const superclasses = SUPERCLASSES.filter(({ wnid, name }) => name === asked || wnid === asked)
  const classes = [...CLASSES.keys()].filter((index) => plain(CLASSES[index].name) === asked)
  const synsets = [
    ...superclasses.map(({ wnid }) => `${wnid} (superclass)`),
    ...classes.map((index) => `${CLASSES[index].wnid} (${CLASSES[index].superclass})`),
  ]
  if (synsets.length === 1) return superclasses.length === 1 ? classesBelow(superclasses[0].name) : classes
  throw new BlindspotError(
    'bad-option',
    `${option}: ${
      synsets.length === 0
        ? unknown(word)
        : `${JSON.stringify(word)} is the name of several; expected one of ${synsets.join(', ')}`
    }`,
  )
}

/** Classes of a superclass and of all that are of it. */
function classesBelow(superclass: string): readonly number[] {
  const names = new Set([superclass])
  // a superclass comes before the one that it is of
  for (const { name, of } of [...SUPERCLASSES].reverse())
    if (of !== undefined && names.has(of)) names.add(name)
  return [...CLASSES.keys()].filter((index) => names.has(CLASSES[index].superclass))
}

function unknown(word: string): string {
  const near = namesLike(word)
  const expected = `expected a wnid, an index from 0 to ${CLASSES.length - 1}, or the name of a class or superclass`
  const got = `got ${JSON.stringify(word)}`
  return `${expected}, ${got}${near.length > 0 ? `; near it are ${near.join(', ')}` : ''}`
}

/** How many names a message suggests. */
const SUGGESTED = 5
/** Pairs of letters that two words have to share, as a share of all of both, to be called near. */
const NEAR = 0.4

/** Names near a word: that have it among their words, or share pairs of letters with it (Dice's coefficient, 1945). */
function namesLike(word: string): readonly string[] {
  const asked = plain(word)
  if (asked.length < 2) return []
  const names = new Set([...SUPERCLASSES, ...CLASSES].map(({ name }) => name))
  return [...names]
    .map((name) => {
      const own = plain(name)
      return { name, near: (own.split(/[ -]/).includes(asked) ? 1 : 0) + likeness(asked, own) }
    })
    .filter(({ near }) => near >= NEAR)
    .sort((a, b) => b.near - a.near)
    .slice(0, SUGGESTED)
    .map(({ name }) => name)
}

const pairsOf = (word: string) =>
  Array.from({ length: Math.max(0, word.length - 1) }, (_, i) => word.slice(i, i + 2))

function likeness(a: string, b: string): number {
  const [left, right] = [pairsOf(a), pairsOf(b)]
  const rest = [...right]
  const shared = left.filter((pair) => {
    const at = rest.indexOf(pair)
    if (at >= 0) rest.splice(at, 1)
    return at >= 0
  })
  return (2 * shared.length) / (left.length + right.length)
}
