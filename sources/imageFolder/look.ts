import { createHash } from 'node:crypto'
import { MOST_SIDE } from '../../operators/classifier/framing.js'
import { BlindspotError } from '../../operators/errors.js'
import type { ImageShape } from '../../operators/records/image.js'
import type { Listed } from '../imagenet/layout.js'
import { recognise } from '../imagenet/recognise.js'
import type { ImageFolderSourceOptions } from './options.js'
import { peek, type Peeked } from './peek.js'

/** A folder of images in folders of classes, and what all of them are. */
export interface LookedAt {
  readonly listed: Listed
  readonly shape: ImageShape
  /** 12 digits of all files' names, classes and bytes, and what of them is read. */
  readonly hash: string
  readonly classes: readonly string[]
}

/** Files that are read at once. */
const AT_ONCE = 32
/** Files whose bytes are at most in them, so that all that is in memory at once is bounded. */
const LARGEST_FILE = 2 ** 26

/**
 * Reads all files of a folder once: for the hash, and to see what size and colours they have.
 *
 * @throws BlindspotError `bad-data` for images of several sizes where no size is asked for, naming two of them
 */
export async function lookAtFolder(path: string, options: ImageFolderSourceOptions): Promise<LookedAt> {
  const listed = await listedIn(path, options.split)
  const { labels } = listed
  const hash = createHash('sha256')
  let first: (Peeked & { readonly path: string }) | undefined
  let isGrey = true
  for (let from = 0; from < labels.length; from += AT_ONCE) {
    const positions = Array.from({ length: Math.min(AT_ONCE, labels.length - from) }, (_, i) => from + i)
    const all = await Promise.all(positions.map((position) => lookAtOne(listed, position)))
    for (const { index, digest, peeked } of all) {
      hash.update(`${listed.path(index)}\0${labels[index]}\0${digest}\n`)
      if (peeked === undefined) continue
      isGrey &&= peeked.isGrey
      first ??= { ...peeked, path: listed.path(index) }
      if (options.size === undefined && !(peeked.height === first.height && peeked.width === first.width))
        throw ofSeveralSizes(path, first, { ...peeked, path: listed.path(index) })
    }
  }
  if (first === undefined)
    throw new BlindspotError(
      'bad-data',
      `${path}: expected images, got none of ${labels.length} that can be read`,
    )
  const { size = [first.height, first.width], channels = isGrey ? 1 : 3 } = options
  const [height, width] = typeof size === 'number' ? [size, size] : size
  const read = JSON.stringify([height, width, channels])
  return {
    listed,
    shape: [height, width, channels],
    hash: hash.update(read).digest('hex').slice(0, 12),
    classes: listed.labelling.kind === 'own' ? listed.labelling.names : [],
  }
}

async function lookAtOne(listed: Listed, index: number) {
  try {
    const bytes = await listed.read(index)
    if (bytes.length > LARGEST_FILE)
      throw new BlindspotError('bad-data', `expected at most ${LARGEST_FILE} bytes, got ${bytes.length}`)
    const digest = createHash('sha256').update(bytes).digest('hex')
    return { index, digest, peeked: await peek(bytes).catch(unlessBad) }
  } catch (error) {
    unlessBad(error)
    return { index, digest: 'unread', peeked: undefined }
  }
}

/** What is wrong with one image is told where it is decoded: it is left out there. */
function unlessBad(error: unknown): undefined {
  if (error instanceof BlindspotError && ['bad-data', 'io', 'bad-option'].includes(error.code))
    return undefined
  throw error
}

function ofSeveralSizes(
  path: string,
  one: Peeked & { readonly path: string },
  other: Peeked & { readonly path: string },
): BlindspotError {
  const size = [one.height, one.width].map((side) => Math.min(side, MOST_SIDE))
  return new BlindspotError(
    'bad-data',
    `${path}: expected images of one size, got ${one.height} × ${one.width} of ${one.path} and ${other.height} × ${other.width} of ${other.path}; ` +
      `folder@size=${size.join('x')}:${path} brings all to one`,
  )
}

/** Images in folders, whose classes are nobody else's. */
async function listedIn(path: string, split: string | undefined): Promise<Listed> {
  if (/\.np[yz]$/i.test(path))
    throw new BlindspotError(
      'bad-option',
      `${path}: expected a folder of images for each class, got arrays; read an archive of them as npz:${path}`,
    )
  const layout = await recognise(path, split, 'folder')
  if (layout.kind === 'listed' && layout.labelling.kind === 'own') return layout
  throw new BlindspotError(
    'bad-data',
    layout.kind === 'listed'
      ? `${path}: expected a folder of images for each class, got photographs of ImageNet in one; read them as imagenet:${path}`
      : `${path}: expected a folder of images for each class, got archives or Parquet files; unpack them, or read them as imagenet:${path} or parquet:${path}`,
  )
}
