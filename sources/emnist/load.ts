import { createHash } from 'node:crypto'
import { BlindspotError } from '../../operators/errors.js'
import { pick } from '../arrays/arrayNames.js'
import { readIdxImages, readIdxLabels } from '../idx.js'
import type { Indexed } from '../indexed.js'
import { writePixels } from '../levels.js'
import type { Half, SelectOptions } from '../select.js'
import { emnistFiles, type EmnistFile } from './files.js'
import { mappingOf, usualMapping, type Mapping } from './mapping.js'

/** Which images of EMNIST. */
export interface EmnistSourceOptions {
  /** `letters`, `balanced`, `byclass`, `bymerge`, `digits` or `mnist`. Default: the only one that there is. */
  readonly set?: string | undefined
  /** `train` or `test`. Default: the only one that there is. */
  readonly split?: string | undefined
  /** One of the two fixed halves of the split `train`. Default: all. */
  readonly half?: Half | undefined
  /** Seed of another order than the file's, as a source has where none is asked for when it is opened. Default: the file's. */
  readonly shuffle?: SelectOptions['shuffle']
  /** Name that identifies the samples. Default: `emnist-letters-` and 12 digits of a hash of what the files hold. */
  readonly dataset?: string | undefined
}

const FORM = /^emnist-(\w+)-(train|test)-(images-idx3|labels-idx1)-ubyte(\.gz)?$/

/**
 * Reads the images and labels of a split, as bytes.
 *
 * @throws BlindspotError `bad-option` for nothing there, files of something else, and a set or split that is not there; `io`, `bad-data`
 */
export async function loadEmnist(
  path: string,
  { set: askedSet, split: askedSplit, dataset }: EmnistSourceOptions,
): Promise<Indexed> {
  const files = await emnistFiles(path)
  const set = setOf(path, files, askedSet)
  const pairs = ['train', 'test'].flatMap((split) => {
    const [images, labels] = (['images-idx3', 'labels-idx1'] as const).map((kind) =>
      files.find(({ name }) => {
        const [, of, own, what] = FORM.exec(name) ?? []
        return of === set && own === split && what === kind
      }),
    )
    if ((images === undefined) !== (labels === undefined))
      throw new BlindspotError(
        'bad-data',
        `${path}: expected images and labels of ${set} ${split}, got only ${(images ?? labels)?.name}`,
      )
    return images && labels ? [{ split, images, labels }] : []
  })
  const { split, ...pair } = pick(path, `emnist@set=${set},`, pairs, askedSplit)
  const images = await readIdxImages(pair.images.place, pair.images.open)
  const written = await readIdxLabels(pair.labels.place, 256, pair.labels.open)
  if (images.count !== written.length)
    throw new BlindspotError(
      'bad-data',
      `${pair.labels.place}: expected ${images.count} labels, as many as images, got ${written.length}`,
    )
  const mapping = await mappingIn(files, set)
  const labels = Int32Array.from(written, (label, row) => {
    const own = mapping.label(label)
    if (own !== undefined) return own
    throw new BlindspotError(
      'bad-data',
      `${pair.labels.place}: label ${row}: expected one of the ${mapping.count} classes of ${set}, got ${label}`,
    )
  })
  const { height, width, pixels } = images
  const hash = createHash('sha256')
    .update(`${height} ${width} upright`)
    .update(pixels)
    .update(new Uint8Array(labels.buffer))
    .digest('hex')
    .slice(0, 12)
  return {
    ...{ dataset: dataset ?? `emnist-${set}-${hash}`, split, hash, labels },
    shape: [width, height, 1],
    classes: mapping.classes,
    classCount: mapping.count,
    pixels(positions) {
      const size = height * width
      const all = new Float32Array(positions.length * size)
      positions.forEach((position, row) => {
        writePixels(upright(pixels, position * size, height, width), all, row * size)
      })
      return Promise.resolve(all)
    },
  }
}

/** An image with its rows as columns. */
function upright(bytes: Uint8Array, from: number, height: number, width: number): Uint8Array {
  const image = new Uint8Array(height * width)
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      image[column * height + row] = bytes[from + row * width + column]
  return image
}

function setOf(path: string, files: readonly EmnistFile[], asked: string | undefined): string {
  const sets = [...new Set(files.flatMap(({ name }) => FORM.exec(name)?.[1] ?? []))].sort()
  if (sets.length === 0)
    throw new BlindspotError(
      'bad-option',
      `${path}: expected EMNIST's files, as emnist-letters-train-images-idx3-ubyte.gz, got ${files.length === 0 ? 'none' : files[0].name}`,
    )
  const found = asked ?? (sets.length === 1 ? sets[0] : undefined)
  if (found !== undefined && sets.includes(found)) return found
  throw new BlindspotError(
    'bad-option',
    `${path}: set: expected one of ${sets.join(', ')}, got ${asked === undefined ? `none; say which, as in emnist@set=${sets[0]},split=train:${path}` : JSON.stringify(asked)}`,
  )
}

/** Bytes of a mapping file at most. */
const LONGEST_MAPPING = 65_536

async function mappingIn(files: readonly EmnistFile[], set: string): Promise<Mapping> {
  const file = files.find(({ name }) => name === `emnist-${set}-mapping.txt`)
  if (file === undefined) return usualMapping(set)
  const range = await file.open()
  if (range.size > LONGEST_MAPPING)
    throw new BlindspotError(
      'bad-data',
      `${file.place}: expected at most ${LONGEST_MAPPING} bytes, got ${range.size}`,
    )
  return mappingOf(file.place, Buffer.from(await range.read(0, range.size)).toString('utf8'))
}
