import { CLASS_LINES, SUPERCLASS_LINES } from './classList.js'

/** A class of ILSVRC2012. */
export interface ImagenetClass {
  /** WordNet 3.0's name of the synset, as the folders of images are called. */
  readonly wnid: string
  /** The synset's first word: two pairs of classes share theirs. */
  readonly name: string
  /** Name of its superclass. */
  readonly superclass: string
  /** Number from 1 to 1000 in the development kit, ILSVRC2012_ID: another order than the classes'. */
  readonly number: number
}

/** A WordNet synset above some classes, of which it has those that are in no superclass below it. */
export interface Superclass {
  readonly wnid: string
  readonly name: string
  /** Name of the superclass that it is of itself, where it is of one. */
  readonly of: string | undefined
}

const lines = (text: string) => text.trimEnd().split('\n')

/** The superclasses, those of others before these. */
export const SUPERCLASSES: readonly Superclass[] = lines(SUPERCLASS_LINES).map((line) => {
  const [named, of] = line.split(' < ') as [string, string?]
  return { wnid: named.slice(0, 9), name: named.slice(10), of }
})

/** The thousand classes, sorted by wnid: a class's index is its place here, its label and a network's output. */
export const CLASSES: readonly ImagenetClass[] = lines(CLASS_LINES).map((line) => {
  const colon = line.indexOf(': ')
  const [wnid, number] = line.split(' ', 2)
  const superclass = line.slice(wnid.length + number.length + 2, colon)
  return { wnid, name: line.slice(colon + 2), superclass, number: Number(number) }
})

const indices = new Map(CLASSES.map(({ wnid }, index) => [wnid, index]))

/** Index of a class by its wnid; undefined for any other text. */
export const classIndexOf = (wnid: string): number | undefined => indices.get(wnid)

/** Of each class the index of its superclass in {@link SUPERCLASSES}. */
export const SUPERCLASS_OF: Int32Array = Int32Array.from(CLASSES, ({ superclass }) =>
  SUPERCLASSES.findIndex(({ name }) => name === superclass),
)
