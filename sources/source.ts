import type { Observable } from 'rxjs'
import { BlindspotError } from '../operators/errors.js'
import type { ImageBatch } from '../operators/records/image.js'
import { mnist, mnistBytes, MNIST_SPLITS, type ImageBytes, type MnistOptions } from './mnist.js'
import { HALVES, type Half } from './select.js'

/** What can be asked of a source beside what its text says. */
export type SourceOptions = Pick<MnistOptions, 'skip' | 'limit' | 'shuffle' | 'batchSize'>

/** A source as a command line names it. */
export interface Source {
  /** The text it was made from. */
  readonly description: string
  readonly split: string
  /** What its samples are, whatever the folder is called: reads the files. */
  identity(): Promise<{ readonly dataset: string; readonly split: string; readonly half: Half | undefined }>
  open(options?: SourceOptions): Observable<ImageBatch>
  bytes(options?: Omit<SourceOptions, 'batchSize'>): Promise<ImageBytes>
}

const FORMS = [
  'mnist:train',
  'mnist:test',
  'mnist:train/P1',
  'mnist:train/P2',
  'mnist@DIR:test (IDX files of your own)',
].join(', ')

const NOT_YET = new Set(['imagenet', 'parquet'])

/**
 * Reads the SOURCE of a command line.
 *
 * `mnist:SPLIT`, `mnist:train/HALF`, and the same with `mnist@DIR` for a folder of IDX files, which are
 * known as a data set by their content (see `MnistOptions.dataset`). Anything else is a `bad-option` error that lists the forms. Nothing is read yet.
 *
 * @example parseSource('mnist:train/P1').open({ limit: 256, shuffle: 1 })
 */
export function parseSource(text: string): Source {
  const match = /^mnist(?:@(?<dir>.+))?:(?<split>[^:/\\]+)(?:\/(?<half>[^:/\\]+))?$/.exec(text)
  if (!match?.groups) throw unknown(text)
  const { dir, split: splitName, half: halfName } = match.groups as Record<string, string | undefined>
  const split = MNIST_SPLITS.find((name) => name === splitName)
  const half: Half | undefined = HALVES.find((name) => name === halfName)
  if (!split || half !== halfName || (half && split !== 'train')) throw unknown(text)
  const own = { dir, half }
  return {
    description: text,
    split,
    identity: async () => {
      const { dataset } = await mnistBytes(split, { ...own, limit: 1 })
      return { dataset, split, half }
    },
    open: (options = {}) => mnist(split, { ...options, ...own }),
    bytes: (options = {}) => mnistBytes(split, { ...options, ...own }),
  }
}

function unknown(text: string): BlindspotError {
  const kind = text.split(':', 1)[0]
  return new BlindspotError(
    'bad-option',
    NOT_YET.has(kind) && text.length > kind.length
      ? `source ${JSON.stringify(text)}: ${kind} sources cannot be read yet; expected one of ${FORMS}`
      : `source: expected one of ${FORMS}, got ${JSON.stringify(text)}`,
  )
}
