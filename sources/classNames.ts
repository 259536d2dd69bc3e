import { CLASSES } from './imagenet/classes.js'

/** What is noted in place of the names of the thousand classes of ILSVRC2012. */
export const ILSVRC2012 = 'ILSVRC2012'

/** Classes whose names are noted, at most. */
const MOST = 1000

/** The names of classes in the order of their labels, as short as they can be noted. */
export const notedClasses = (names: readonly string[]): readonly string[] | string | undefined =>
  names.length === CLASSES.length && names.every((name, i) => name === CLASSES[i].name)
    ? ILSVRC2012
    : names.length <= MOST
      ? names
      : undefined

/** The names of classes that a note stands for; undefined where it is none. */
export function namesOfClasses(noted: unknown): readonly string[] | undefined {
  if (noted === ILSVRC2012) return CLASSES.map(({ name }) => name)
  return Array.isArray(noted) && noted.every((name) => typeof name === 'string') ? noted : undefined
}
