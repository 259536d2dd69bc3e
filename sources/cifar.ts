import type { Observable } from 'rxjs'
import { BlindspotError } from '../operators/errors.js'
import type { ImageBatch } from '../operators/records/image.js'
import { pick } from './arrays/arrayNames.js'
import type { ByteRange } from './arrays/byteRange.js'
import { checkNames, halfText, nameText, shuffleText } from './arrays/npzOptions.js'
import { cifarFiles, type CifarFiles } from './cifar/files.js'
import { cifarRecords, type CifarKind } from './cifar/records.js'
import type { Source, SourceKind } from './imageSource.js'
import {
  checkIndexed,
  indexedImages,
  indexedSource,
  once,
  type Indexed,
  type IndexedOptions,
} from './indexed.js'
import type { Half, SelectOptions } from './select.js'
import { optionsText, readOptions, type TextOptions } from './textOptions.js'

/** Which images of CIFAR, and what their labels are. */
export interface CifarSourceOptions {
  /** `train` or `test`. Default: the only one that there is. */
  readonly split?: string | undefined
  /** One of the two fixed halves of the split `train`. Default: all. */
  readonly half?: Half | undefined
  /** Seed of another order than the file's, as a source has where none is asked for when it is opened. Default: the file's. */
  readonly shuffle?: SelectOptions['shuffle']
  /** Of CIFAR-100 the 100 fine classes or the 20 coarse ones. Default `fine`. */
  readonly labels?: 'fine' | 'coarse' | undefined
  /** Name that identifies the samples. Default: `cifar10-` or `cifar100-` and 12 digits of a hash of what the files hold. */
  readonly dataset?: string | undefined
}

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

/** A split's files, and what they are of. */
interface Part {
  readonly split: string
  readonly names: readonly string[]
  readonly of: 10 | 100
}

async function load(
  path: string,
  { split: asked, labels = 'fine', dataset }: CifarSourceOptions,
): Promise<Indexed> {
  const files = await cifarFiles(path)
  const parts = partsOf(files.names)
  if (parts.length === 0)
    throw new BlindspotError(
      'bad-data',
      `${path}: expected data_batch_1.bin to data_batch_5.bin and test_batch.bin of CIFAR-10, or train.bin and test.bin of CIFAR-100, got none of them`,
    )
  const { split, names, of } = pick(path, 'cifar', parts, asked)
  if (of === 10 && labels === 'coarse')
    throw new BlindspotError('bad-option', `${path}: labels: CIFAR-10 has no coarse classes; leave it out`)
  const kind = kindOf(of, labels)
  const { labels: found, hash, pixels } = await cifarRecords(await files.open(names), kind)
  const usual = `${kind.name}${labels === 'coarse' ? '-coarse' : ''}-${hash}`
  return {
    ...{ dataset: dataset ?? usual, split, hash, pixels },
    shape: [32, 32, 3],
    labels: found,
    classes: await classesIn(
      files,
      of === 10 ? 'batches.meta.txt' : `${labels}_label_names.txt`,
      kind.classes,
    ),
    classCount: kind.classes,
  }
}

function partsOf(names: readonly string[]): readonly Part[] {
  const batches = names
    .filter((name) => /^data_batch_\d+\.bin$/.test(name))
    .sort((a, b) => Number(/\d+/.exec(a)?.[0]) - Number(/\d+/.exec(b)?.[0]))
  const all: readonly Part[] = [
    { split: 'train', names: batches, of: 10 },
    { split: 'test', names: names.filter((name) => name === 'test_batch.bin'), of: 10 },
    { split: 'train', names: names.filter((name) => name === 'train.bin'), of: 100 },
    { split: 'test', names: names.filter((name) => name === 'test.bin'), of: 100 },
  ]
  return all.filter((part) => part.names.length > 0)
}

function kindOf(of: 10 | 100, labels: 'fine' | 'coarse'): CifarKind {
  if (of === 10) return { name: 'cifar10', labelBytes: 1, labelAt: 0, classes: 10 }
  return labels === 'fine'
    ? { name: 'cifar100', labelBytes: 2, labelAt: 1, classes: 100 }
    : { name: 'cifar100', labelBytes: 2, labelAt: 0, classes: 20 }
}

/** Bytes of a list of names at most. */
const LONGEST_LIST = 65_536

/** The names of the classes, a line each. */
async function classesIn(
  files: CifarFiles,
  name: string,
  classes: number,
): Promise<readonly string[] | undefined> {
  if (!files.names.includes(name)) return undefined
  const [range] = (await files.open([name])) as readonly (ByteRange | undefined)[]
  if (range === undefined || range.size > LONGEST_LIST) return undefined
  const text = Buffer.from(await range.read(0, range.size)).toString('utf8')
  const found = text.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
  if (found.length === classes) return found
  throw new BlindspotError(
    'bad-data',
    `${range.place}: expected the names of ${classes} classes, got ${found.length}`,
  )
}

function checkOptions(options: CifarOptions): void {
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
  split: nameText('split', 'split=train'),
  half: halfText,
  shuffle: shuffleText,
  labels: {
    form: 'labels=coarse',
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
