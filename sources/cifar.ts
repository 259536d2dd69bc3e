import type { Observable } from 'rxjs'
import { BlindspotError } from '../operators/errors.js'
import { requireKnown } from '../operators/options/knownOptions.js'
import { requireText } from '../operators/options/requireKinds.js'
import type { ImageBatch } from '../operators/records/image.js'
import { checkNames, halfText, nameText, shuffleText } from './indexedTexts.js'
import type { CifarSourceOptions } from './cifar/load.js'
import type { Source, SourceKind } from './imageSource.js'
import { checkIndexed, indexedImages, indexedSource, once, type IndexedOptions } from './indexed.js'
import { optionsText, readOptions, type TextOptions } from './textOptions.js'

export type { CifarSourceOptions } from './cifar/load.js'

/** Options of `cifar`. */
export interface CifarOptions extends CifarSourceOptions, IndexedOptions {}

/**
 * CIFAR-10 or CIFAR-100 in the binary version, as batches of 32 × 32 × 3 pixels in [0, 1], RGB.
 *
 * Images are read where they lie in the files; of an archive those of the split are kept in memory (154 MB). `index` is the position
 * in the split, over all files of it. Names of classes are those of `batches.meta.txt` or `fine_label_names.txt`, where that is there.
 *
 * Errors: options at the call (`bad-option`); in the stream `io`, `bad-data` for other versions, files that are truncated and labels
 * that are no class.
 *
 * @param path the folder or archive, as `cifar-10-batches-bin` or `cifar-10-binary.tar.gz`, or a file of it
 * @example cifar('cifar-10-binary.tar.gz', { split: 'test', limit: 64 }).subscribe((batch) => console.log(batch.label))
 */
export function cifar(path: string, options: CifarOptions = {}): Observable<ImageBatch> {
  checkOptions(options)
  requireText('cifar', path, 'a path')
  return indexedImages(
    once(() => load(path, options)),
    options,
  )
}

/**
 * The same as a `Source`. Its identity has a hash of the split's bytes, in an archive or not.
 *
 * @throws BlindspotError `bad-option`
 */
export function cifarSource(path: string, options: CifarSourceOptions = {}): Source {
  checkOptions(options)
  requireText('cifarSource', path, 'a path')
  return indexedSource(
    `cifar${optionsText(options, TEXTS)}:${path}`,
    (loaded, chosen) => {
      checkOptions({ ...options, ...chosen })
      return indexedImages(loaded, chosen)
    },
    () => load(path, options),
    options,
  )
}

/** What reads the files is loaded when they are read. */
const load = async (path: string, options: CifarSourceOptions) =>
  (await import('./cifar/load.js')).loadCifar(path, options)

function checkOptions(options: CifarOptions): void {
  requireKnown<CifarOptions>('cifar', options, {
    ...{ split: true, labels: true, dataset: true },
    ...{ half: true, shuffle: true, skip: true, limit: true, batchSize: true },
  })
  const { split, labels } = options
  checkIndexed('cifar', split ?? 'train', options)
  checkNames('cifar', options, ['split', 'dataset'])
  if (labels !== undefined && !['fine', 'coarse'].includes(labels))
    throw new BlindspotError(
      'bad-option',
      `cifar: labels: expected fine or coarse, got ${JSON.stringify(labels)}`,
    )
}

const TEXTS: TextOptions<CifarSourceOptions> = {
  split: nameText('split', 'split=train or split=test'),
  half: halfText,
  shuffle: shuffleText,
  labels: {
    form: 'labels=fine or labels=coarse',
    read: (value) => (value === 'fine' || value === 'coarse' ? { labels: value } : undefined),
    write: ({ labels }) => labels,
  },
  dataset: nameText('dataset', 'dataset=NAME'),
}

/** `cifar:PATH`, and the same with options: `cifar@split=test:PATH`. */
export const CIFAR_SOURCES: SourceKind = {
  forms: ['cifar@split=test:PATH (CIFAR-10 or -100, the binary version)'],
  parse(text) {
    const match = /^cifar(?:@([^:]*))?:(.+)$/s.exec(text)
    if (!match) return undefined
    const [, options, path] = match as unknown as [string, string | undefined, string]
    return cifarSource(path, options === undefined ? {} : readOptions(text, options, TEXTS, {}))
  },
}
