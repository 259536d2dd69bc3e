import { BlindspotError } from '../operators/errors.js'
import { requireText } from '../operators/options/requireKinds.js'
import { CIFAR_SOURCES } from './cifar.js'
import { EMNIST_SOURCES } from './emnist.js'
import { FOLDER_SOURCES } from './imageFolder.js'
import type { Source, SourceKind } from './imageSource.js'
import { IMAGENET_SOURCES } from './imagenetSource.js'
import { likelySource } from './likelySource.js'
import { MNIST_SOURCES } from './mnistSource.js'
import { NPZ_SOURCES } from './npz.js'
import { INPUT_SOURCE, STORED_SOURCES } from './storedSource.js'

export type { Source, SourceIdentity, SourceOptions } from './imageSource.js'

/** Kinds of source by their scheme. */
export const KINDS: Record<string, SourceKind> = {
  mnist: MNIST_SOURCES,
  folder: FOLDER_SOURCES,
  npz: NPZ_SOURCES,
  cifar: CIFAR_SOURCES,
  emnist: EMNIST_SOURCES,
  imagenet: IMAGENET_SOURCES,
  parquet: STORED_SOURCES,
  arrow: STORED_SOURCES,
  '-': INPUT_SOURCE,
}

/** The forms of all kinds, each with a word about it in brackets where it needs one. */
export const FORMS = [...new Set(Object.values(KINDS))].flatMap(({ forms }) => forms)

/** The source that is meant where none is named. */
export const [USUAL_SOURCE] = FORMS

/**
 * Reads the SOURCE of a command line; what follows the scheme is its kind's to read. Nothing else is read yet.
 *
 * @throws BlindspotError `bad-option`, with the forms that there are
 * @example
 * const images = parseSource('mnist:train/P1').open({ limit: 256, shuffle: 1 })
 */
export function parseSource(text: string): Source {
  requireText('source', text, 'a text, such as mnist:test')
  const [scheme] = text.split(/[:@]/, 1)
  const source = Object.hasOwn(KINDS, scheme) ? KINDS[scheme].parse(text) : undefined
  if (source) return source
  const likely = likelySource(text)
  if (likely !== undefined) throw new BlindspotError('bad-option', `source: ${likely}`)
  throw new BlindspotError(
    'bad-option',
    `source: expected one of ${FORMS.join(', ')}, got ${JSON.stringify(text)}`,
  )
}
