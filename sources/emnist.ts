import type { Observable } from 'rxjs'
import { requireKnown } from '../operators/options/knownOptions.js'
import { requireText } from '../operators/options/requireKinds.js'
import type { ImageBatch } from '../operators/records/image.js'
import { checkNames, halfText, nameText, shuffleText } from './indexedTexts.js'
import type { EmnistSourceOptions } from './emnist/load.js'
import { EMNIST_SETS } from './emnist/mapping.js'
import type { Source, SourceKind } from './imageSource.js'
import { checkIndexed, indexedImages, indexedSource, once, type IndexedOptions } from './indexed.js'
import { optionsText, readOptions, type TextOptions } from './textOptions.js'

export type { EmnistSourceOptions } from './emnist/load.js'

/** Options of `emnist`. */
export interface EmnistOptions extends EmnistSourceOptions, IndexedOptions {}

/**
 * EMNIST as it is published, as batches of 28 × 28 × 1 pixels in [0, 1]: `gzip.zip`, or its IDX files in a folder, gzipped or not.
 *
 * The files have rows and columns exchanged: images are turned upright. Labels are numbered from 0, those of letters, 1 to 26 in the
 * files, are 0 to 25; the names of classes are those of the mapping file. The images of a split are in memory as bytes (of `byclass`
 * 547 MB). `index` is the position in the split.
 *
 * Errors: options at the call (`bad-option`); in the stream `io`, `bad-data` for files that are wrong or do not fit each other, and
 * `bad-option` for sets and splits that are not there.
 *
 * @param path `gzip.zip` or a folder
 * @example emnist('gzip.zip', { set: 'letters', split: 'test' }).subscribe((batch) => console.log(batch.label))
 */
export function emnist(path: string, options: EmnistOptions = {}): Observable<ImageBatch> {
  checkOptions(options)
  requireText('emnist', path, 'a path')
  return indexedImages(
    once(() => load(path, options)),
    options,
  )
}

/**
 * The same as a `Source`. Its identity has a hash of the split's images and labels, in an archive or not.
 *
 * @throws BlindspotError `bad-option`
 */
export function emnistSource(path: string, options: EmnistSourceOptions = {}): Source {
  checkOptions(options)
  requireText('emnistSource', path, 'a path')
  return indexedSource(
    `emnist${optionsText(options, TEXTS)}:${path}`,
    (loaded, chosen) => {
      checkOptions({ ...options, ...chosen })
      return indexedImages(loaded, chosen)
    },
    () => load(path, options),
    options,
  )
}

/** What reads the files is loaded when they are read. */
const load = async (path: string, options: EmnistSourceOptions) =>
  (await import('./emnist/load.js')).loadEmnist(path, options)

function checkOptions(options: EmnistOptions): void {
  requireKnown<EmnistOptions>('emnist', options, {
    ...{ set: true, split: true, dataset: true },
    ...{ half: true, shuffle: true, skip: true, limit: true, batchSize: true },
  })
  checkIndexed('emnist', options.split ?? 'train', options)
  checkNames('emnist', options, ['set', 'split', 'dataset'])
}

const TEXTS: TextOptions<EmnistSourceOptions> = {
  set: nameText('set', `set=NAME of ${EMNIST_SETS.join(', ')}`),
  split: nameText('split', 'split=train or split=test'),
  half: halfText,
  shuffle: shuffleText,
  dataset: nameText('dataset', 'dataset=NAME'),
}

/** `emnist:PATH`, and the same with options: `emnist@set=letters,split=test:PATH`. */
export const EMNIST_SOURCES: SourceKind = {
  forms: ['emnist@set=letters,split=test:PATH'],
  parse(text) {
    const match = /^emnist(?:@([^:]*))?:(.+)$/s.exec(text)
    if (!match) return undefined
    const [, options, path] = match as unknown as [string, string | undefined, string]
    return emnistSource(path, options === undefined ? {} : readOptions(text, options, TEXTS, {}))
  },
}
