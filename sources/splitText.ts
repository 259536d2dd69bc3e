import type { Half } from './select.js'

/** Kinds whose texts say a split as an option, and whose test split has labels. */
const WITH_SPLITS = /^(npz|cifar|emnist|folder)@([^:]*):(.*)$/s

/**
 * The SOURCE of the test split beside a training split, by its text: `mnist:test` of `mnist:train/P1`, `cifar@split=test:PATH` of
 * `cifar@split=train,half=P1:PATH`. Whether it is there is found out later; undefined where the text is of no training split.
 */
export function testSplit(text: string): string | undefined {
  if (text.startsWith('mnist')) {
    const test = text.replace(/:train(\/P[12])?$/, ':test')
    return test === text ? undefined : test
  }
  const [, kind, options, path] = WITH_SPLITS.exec(text) ?? []
  const parts = (options as string | undefined)?.split(',') ?? []
  if (!parts.includes('split=train')) return undefined
  const others = parts.filter((part) => !part.startsWith('half='))
  return `${kind}@${others.map((part) => (part === 'split=train' ? 'split=test' : part)).join(',')}:${path}`
}

/** The SOURCE of a half of a training split, by its text: `mnist:train/P1`, `cifar@split=train,half=P1:PATH`. */
export function withHalf(text: string, half: Half): string {
  const [, kind, options, path] = WITH_SPLITS.exec(text) ?? []
  return (kind as string | undefined) === undefined
    ? `${text}/${half}`
    : `${kind}@${options},half=${half}:${path}`
}

/** The half that a SOURCE is of, by its text. */
export const halfIn = (text: string): string | undefined =>
  /(?<=\/)P[12]$/.exec(text)?.[0] ?? /(?<=[@,]half=)P[12](?=[,:])/.exec(text)?.[0]
