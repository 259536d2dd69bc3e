import { BlindspotError } from '../../operators/errors.js'
import { pick } from '../arrays/arrayNames.js'
import type { ByteRange } from '../arrays/byteRange.js'
import type { Indexed } from '../indexed.js'
import type { Half, SelectOptions } from '../select.js'
import { cifarFiles, type CifarFiles } from './files.js'
import { cifarRecords, type CifarKind } from './records.js'

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

/** A split's files, and what they are of. */
interface Part {
  readonly split: string
  readonly names: readonly string[]
  readonly of: 10 | 100
}

/**
 * Finds the files of a split, and reads its labels.
 *
 * @throws BlindspotError `bad-option` for nothing there, files of something else, and a split that is not there; `io`, `bad-data`
 */
export async function loadCifar(
  path: string,
  { split: asked, labels = 'fine', dataset }: CifarSourceOptions,
): Promise<Indexed> {
  const files = await cifarFiles(path)
  const parts = partsOf(files.names)
  if (parts.length === 0)
    throw new BlindspotError(
      'bad-option',
      `${path}: expected data_batch_1.bin to data_batch_5.bin and test_batch.bin of CIFAR-10, or train.bin and test.bin of CIFAR-100, got none of them`,
    )
  const { split, names, of } = pick(path, 'cifar@', parts, asked)
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
