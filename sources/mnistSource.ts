import type { Source, SourceKind } from './imageSource.js'
import { leastClasses } from './indexed.js'
import { checkNames } from './indexedTexts.js'
import { mnist, MNIST_OPTIONS, type MnistOptions } from './mnist.js'
import { MNIST_SPLITS, type MnistSplit } from './mnistSplit.js'
import { checkSelection, countOf, HALVES } from './select.js'
import { onlyKnown, requireKnown } from '../operators/options/knownOptions.js'
import { checkIdentified, checkOpened } from './sourceOptions.js'

/** Classes of MNIST. */
export const DIGITS = 10

/**
 * MNIST, or the IDX files of a folder, as a `Source`.
 *
 * Its identity has a hash of what the split's files hold, so that a name of one's own does not make two data sets one.
 */
export function mnistSource(
  split: MnistSplit,
  options: Pick<MnistOptions, 'half' | 'dir' | 'dataset'> = {},
): Source {
  requireKnown<Pick<MnistOptions, 'half' | 'dir' | 'dataset'>>('mnistSource', options, {
    half: true,
    dir: true,
    dataset: true,
  })
  const { half, dir } = options
  const whole = async () => (await import('./mnistFiles.js')).loadSplit(split, dir)
  checkNames('mnistSource', options, ['dataset'])
  checkSelection('mnist', split, { half })
  return {
    describe: `mnist${dir === undefined ? '' : `@${dir}`}:${split}${half === undefined ? '' : `/${half}`}`,
    async identity(asked = {}) {
      checkIdentified(asked)
      const found = await whole()
      return {
        dataset: options.dataset ?? found.dataset,
        split,
        ...(half && { half }),
        hash: found.hash(),
      }
    },
    count: async () => countOf((await whole()).labels.length, { half }),
    // of other files nobody says how many they are of
    classCount: async () => ((await whole()).dataset === 'mnist' ? DIGITS : undefined),
    leastClasses: async () => leastClasses((await whole()).labels),
    // digits are not framed
    open(asked = {}) {
      checkOpened(asked)
      return mnist(split, { ...onlyKnown<MnistOptions>(asked, MNIST_OPTIONS), ...options })
    },
  }
}

/** `mnist:SPLIT`, `mnist:train/HALF`, and the same with `mnist@DIR` for a folder of IDX files. */
export const MNIST_SOURCES: SourceKind = {
  forms: [
    'mnist:train',
    'mnist:test',
    'mnist:train/P1',
    'mnist:train/P2',
    'mnist@DIR:test (IDX files of your own)',
  ],
  parse(text) {
    const match = /^mnist(?:@(?<dir>.+))?:(?<split>[^:/\\]+)(?:\/(?<half>[^:/\\]+))?$/.exec(text)
    if (!match?.groups) return undefined
    const { dir, ...named } = match.groups as Record<string, string | undefined>
    const split = MNIST_SPLITS.find((name) => name === named['split'])
    const half = HALVES.find((name) => name === named['half'])
    if (!split || half !== named['half'] || (half && split !== 'train')) return undefined
    return mnistSource(split, { dir, half })
  },
}
