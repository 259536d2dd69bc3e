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
