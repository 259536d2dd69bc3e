import type { Source } from '../../sources/source.js'

/** A source that finds out once what it has, for who asks again and again. */
export function remembered(source: Source): Source {
  const known = new Map<string, Promise<unknown>>()
  const once = <T>(key: string, find: () => Promise<T>): Promise<T> => {
    const found = (known.get(key) as Promise<T> | undefined) ?? find()
    known.set(key, found)
    return found
  }
  return {
    describe: source.describe,
    identity: (options) =>
      once(`identity ${JSON.stringify(options?.framing)}`, () => source.identity(options)),
    count: () => once('count', () => source.count()),
    ...(source.classes && { classes: () => once('classes', async () => source.classes?.()) }),
    ...(source.classCount && {
      classCount: () => once('classCount', async () => source.classCount?.()),
    }),
    ...(source.leastClasses && {
      leastClasses: () => once('leastClasses', async () => source.leastClasses?.()),
    }),
    ...(source.superclasses && {
      superclasses: () => once('superclasses', async () => source.superclasses?.()),
    }),
    open: (options) => source.open(options),
  }
}
