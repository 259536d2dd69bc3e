import { createHash } from 'node:crypto'
import type { Observable } from 'rxjs'
import { BlindspotError } from '../operators/errors.js'
import { batch } from '../operators/flow/batch.js'
import { stream } from '../operators/flow/stream.js'
import { randomFor } from '../operators/random.js'
import { pickRows, type ImageBatch } from '../operators/records/image.js'
import { sliceRows } from '../operators/records/sliceRows.js'
import type { Source, SourceKind, SourceOptions } from './imageSource.js'
import { parquetMetadata } from './parquet.js'
import { checkSelection } from './select.js'
import { sha256Of } from './sha256.js'
import { STANDARD_INPUT } from './standardInput.js'
import { storedFiles, storedImages, type Stored } from './storedImages.js'

/**
 * Images that a data set's tables hold, in Parquet or Arrow files, as a `Source`: those of `images`, and of `examples` the clean or
 * the adversarial ones. They stay the samples that they are: data set, split and index are the files'.
 *
 * Its identity has a hash of the files' bytes, wherever they lie.
 */
export function storedSource(stored: Stored): Source {
  const { format, path, adversarial } = stored
  return {
    describe: `${format}${adversarial ? '@adversarial' : ''}:${path}`,
    async identity() {
      for await (const { dataset, split } of storedImages(stored, { pixels: false }))
        return { dataset, split, hash: await hashOf(stored) }
      throw new BlindspotError('bad-data', `${path}: expected images, got no rows of any`)
    },
    async count() {
      if (format === 'arrow') return undefined
      const paths = await storedFiles(stored)
      const all = await Promise.all(paths.map((file) => parquetMetadata(file)))
      if (all.every(({ columns }) => !columns.includes('original')))
        return all.reduce((sum, { rows }) => sum + rows, 0)
      let images = 0
      for await (const { index } of storedImages(stored, { pixels: false })) images += index.length
      return images
    },
    open: (options = {}) => openStored(stored, options),
  }
}

/** Rows of a batch where their number is not asked for. */
const BATCH = 256

function openStored(stored: Stored, options: SourceOptions): Observable<ImageBatch> {
  const { batchSize = BATCH, shuffle, skip = 0, limit = Infinity } = options
  checkSelection(stored.format, 'all', { shuffle, skip, ...(limit < Infinity && { limit }) })
  const seed = typeof shuffle === 'object' ? shuffle.seed : shuffle
  const images = () => (seed === undefined ? storedImages(stored) : shuffled(storedImages(stored), seed))
  return stream(() => between(images(), skip, skip + limit)).pipe(batch(batchSize))
}

async function* between(
  batches: AsyncIterable<ImageBatch>,
  skip: number,
  end: number,
): AsyncGenerator<ImageBatch, void, undefined> {
  let at = 0
  for await (const images of batches) {
    const [first, last] = [Math.max(0, skip - at), Math.min(images.index.length, end - at)]
    at += images.index.length
    if (first < last) yield sliceRows(images, first, last)
    if (at >= end) return
  }
}

/** Images that wait to be drawn at most, and bytes of theirs. */
const MOST = 16_384
const MOST_BYTES = 2 ** 27

/**
 * Another order, a function of the stream and the seed alone: of those that wait one is drawn, and the next one takes its place.
 * What is farther apart than the buffer is long stays so.
 */
async function* shuffled(
  batches: AsyncIterable<ImageBatch>,
  seed: number,
): AsyncGenerator<ImageBatch, void, undefined> {
  const random = randomFor(seed, 'shuffle', 'stored')
  const waiting: ImageBatch[] = []
  const draw = (): ImageBatch => {
    const at = random.integer(waiting.length)
    const drawn = waiting[at]
    waiting[at] = waiting[waiting.length - 1]
    waiting.pop()
    return drawn
  }
  for await (const images of batches)
    for (const row of images.index.keys()) {
      const one = pickRows(images, [row])
      waiting.push(one)
      if (waiting.length > MOST || waiting.length * one.pixels.byteLength > MOST_BYTES) yield draw()
    }
  while (waiting.length > 0) yield draw()
}

/** 12 digits of what the files hold, and what of it is read. */
async function hashOf(stored: Stored): Promise<string> {
  const hash = createHash('sha256').update(stored.adversarial ? 'adversarial' : '')
  for (const file of await storedFiles(stored)) hash.update(await sha256Of(file))
  return hash.digest('hex').slice(0, 12)
}

const FORM = /^(parquet|arrow)(?:@([^:]*))?:(.+)$/s

/** `-`, which is `arrow:-`: the Arrow stream on standard input. */
export const INPUT_SOURCE: SourceKind = {
  forms: ['- (an Arrow stream on standard input)'],
  parse: (text) =>
    text === STANDARD_INPUT
      ? storedSource({ format: 'arrow', path: STANDARD_INPUT, adversarial: false })
      : undefined,
}

/** Whether a text names images on standard input. */
export const isOfInput = (text: string): boolean =>
  text === STANDARD_INPUT || FORM.exec(text)?.at(3) === STANDARD_INPUT

/** `parquet:PATH` and `arrow:PATH`, and the same with `@adversarial`. */
export const STORED_SOURCES: SourceKind = {
  forms: [
    'parquet:PATH',
    'arrow:PATH (tables images and examples)',
    'parquet@adversarial:PATH (of examples the adversarial images)',
  ],
  parse(text) {
    const match = FORM.exec(text)
    if (!match) return undefined
    const [, format, option, path] = match as unknown as [
      string,
      Stored['format'],
      string | undefined,
      string,
    ]
    if (option !== undefined && option !== 'adversarial' && option !== 'original')
      throw new BlindspotError(
        'bad-option',
        `source ${JSON.stringify(text)}: ${JSON.stringify(option)}: expected an option: adversarial or original`,
      )
    if (path === STANDARD_INPUT && format === 'parquet')
      throw new BlindspotError(
        'bad-option',
        `source ${JSON.stringify(text)}: expected Arrow on standard input, arrow:-, got Parquet, which ends with what is read first; name a file`,
      )
    return storedSource({ format, path, adversarial: option === 'adversarial' })
  },
}
