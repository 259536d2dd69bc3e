import { createHash } from 'node:crypto'
import { concatMap, defer, type Observable } from 'rxjs'
import { BlindspotError } from '../operators/errors.js'
import { framingText, type Framing } from '../operators/classifier/framing.js'
import { batch } from '../operators/flow/batch.js'
import { positiveInteger } from '../operators/flow/positiveInteger.js'
import { stream } from '../operators/flow/stream.js'
import { randomFor } from '../operators/random.js'
import { pickRows, type ImageBatch } from '../operators/records/image.js'
import { sliceRows } from '../operators/records/sliceRows.js'
import type { ForeignFiles } from './foreign/look.js'
import type { Source, SourceIdentity, SourceKind, SourceOptions } from './imageSource.js'
import { parquetMetadata } from './parquet.js'
import { checkSelection, seedOf } from './select.js'
import { sha256Of } from './sha256.js'
import { STANDARD_INPUT } from './standardInput.js'
import { storedFiles, type Stored } from './stored.js'
import type { storedImages } from './storedImages.js'
import {
  checkStoredOptions,
  FOREIGN,
  readStoredOptions,
  storedText,
  type StoredOptions,
  STORED_OPTIONS,
} from './storedOptions.js'
import { requireKnown } from '../operators/options/knownOptions.js'
import { requireText } from '../operators/options/requireKinds.js'
import { checkIdentified, checkOpened } from './sourceOptions.js'

/**
 * Images in Parquet or Arrow files as a `Source`: those that a data set's tables hold, of `images`, and of `examples` the clean
 * ones, which stay the samples that they are, by the files' data set, split and index, or the adversarial ones, whose data set is
 * called `NAME, adversarial`; and those of any other files, a column
 * of images, encoded or as lists of numbers, and one of labels, whose index is their row among all that are read.
 *
 * Its identity has a hash of the files' bytes, wherever they lie, and of the options. Of other files a row that is no image is left
 * out and noted as `unreadable` of its batch.
 *
 * @throws BlindspotError `bad-option`
 */
export function storedSource(stored: Stored): Source {
  const { format, path } = stored
  checkStoredOptions(format, stored)
  let looking: Promise<ForeignFiles | undefined> | undefined
  const foreign = (): Promise<ForeignFiles | undefined> => {
    looking ??= storedFiles(stored).then(async (paths) => (await reader()).lookAt(stored, paths))
    // what is repaired is looked at again
    looking.catch(() => (looking = undefined))
    return looking
  }
  let hashing: Promise<string> | undefined
  const hash = (): Promise<string> => {
    hashing ??= hashOf(stored)
    hashing.catch(() => (hashing = undefined))
    return hashing
  }
  const names = async () => ({
    dataset: stored.dataset ?? `${format}-${await hash()}`,
    split: stored.split ?? 'all',
  })
  return {
    describe: `${format}${storedText(stored)}:${path}`,
    async identity(asked = {}) {
      checkIdentified(asked)
      const { framing } = asked
      const files = await foreign()
      if (files) {
        if ((await (await reader()).countIn(files, stored)) === 0) throw withoutRows(stored)
        return { ...(await names()), hash: await hash(), ...howSeen(files, stored, framing) }
      }
      requireTable(stored)
      for await (const { dataset, split } of ofTables(stored, { pixels: false }))
        return { dataset, split, hash: await hashOf(stored) }
      throw withoutRows(stored)
    },
    async count() {
      const files = await foreign()
      if (files) return (await reader()).countIn(files, stored)
      if (format === 'arrow') return undefined
      const paths = await storedFiles(stored)
      const all = await Promise.all(paths.map((file) => parquetMetadata(file)))
      if (stored.where === undefined && all.every(({ columns }) => !columns.includes('original')))
        return all.reduce((sum, { rows }) => sum + rows, 0)
      let images = 0
      for await (const { index } of ofTables(stored, { pixels: false })) images += index.length
      return images
    },
    classes: async () => (await foreign())?.classes,
    open(asked = {}) {
      checkOpened(asked)
      return openStored(stored, foreign, names, asked)
    },
  }
}

/** What reads tables is loaded when they are read. */
async function* ofTables(...of: Parameters<typeof storedImages>): ReturnType<typeof storedImages> {
  yield* (await import('./storedImages.js')).storedImages(...of)
}

/** And what reads files that are no table's. */
const reader = () => import('./foreign/look.js')

/** Images in Parquet files as a `Source`, as `parquet:PATH` is; of options see `StoredOptions`. */
export function parquetSource(path: string, options: StoredOptions = {}): Source {
  requireKnown<StoredOptions>('parquetSource', options, STORED_OPTIONS)
  requireText('parquetSource', path, 'a path')
  return storedSource({ ...options, format: 'parquet', path })
}

/** Images in Arrow files as a `Source`, as `arrow:PATH` is. */
export function arrowSource(path: string, options: StoredOptions = {}): Source {
  requireKnown<StoredOptions>('arrowSource', options, STORED_OPTIONS)
  requireText('arrowSource', path, 'a path')
  return storedSource({ ...options, format: 'arrow', path })
}

const withoutRows = ({ path, where }: Stored): BlindspotError =>
  new BlindspotError(
    where ? 'bad-option' : 'bad-data',
    `${path}: expected images, got no rows of any${where ? ` that meet the conditions on ${Object.keys(where).join(', ')}` : ''}`,
  )

/** How images are seen that are no table's: as networks take photographs, and with labels that may be nobody's. */
function howSeen(
  { isEncoded, classes }: ForeignFiles,
  { shape }: Stored,
  framing: Framing | undefined,
): Pick<SourceIdentity, 'photographs'> {
  const framed = isEncoded && shape === undefined && framing
  if (!framed && classes === undefined) return {}
  return {
    photographs: { ...(framed && { framing: framingText(framing) }), ...(classes && { labels: 'own' }) },
  }
}

/** Checks that no option is given that a table of a data set has no use for. */
function requireTable(stored: Stored): void {
  const given = FOREIGN.find((name) => stored[name] !== undefined && stored[name] !== false)
  if (given === undefined) return
  throw new BlindspotError(
    'bad-option',
    `${stored.path}: ${given}: is not of tables of a data set, which say it themselves; leave it out`,
  )
}

/** Rows of a batch where their number is not asked for. */
const BATCH = 256

function openStored(
  stored: Stored,
  foreign: () => Promise<ForeignFiles | undefined>,
  names: () => Promise<{ readonly dataset: string; readonly split: string }>,
  options: SourceOptions,
): Observable<ImageBatch> {
  const { batchSize = BATCH, shuffle, skip = 0, limit = Infinity, framing } = options
  checkSelection(stored.format, 'all', { shuffle, skip, ...(limit < Infinity && { limit }) })
  positiveInteger(stored.format, 'batchSize', batchSize)
  const seed = seedOf(shuffle)
  const images = () => (seed === undefined ? ofTables(stored) : shuffled(ofTables(stored), seed))
  const ofTable = stream(() => between(images(), skip, skip + limit)).pipe(batch(batchSize))
  return defer(async () => {
    const files = await foreign()
    if (files === undefined) requireTable(stored)
    return files
  }).pipe(
    concatMap((files) =>
      files === undefined
        ? ofTable
        : stream(async function* (signal) {
            const choice = { ...(await names()), skip, limit, seed, batchSize, framing, signal }
            const { foreignImages } = await import('./foreign/images.js')
            yield* foreignImages(files, stored, choice)
          }),
    ),
  )
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
  // what the images are called is told beside it
  const read = storedText({ ...stored, adversarial: undefined, dataset: undefined, split: undefined })
  const hash = createHash('sha256').update(stored.adversarial ? `adversarial${read}` : read)
  for (const file of await storedFiles(stored)) hash.update(await sha256Of(file))
  return hash.digest('hex').slice(0, 12)
}

const FORM = /^(parquet|arrow)(?:@([^:]*))?:(.+)$/s

/** `-`, which is `arrow:-`: the Arrow stream on standard input. */
export const INPUT_SOURCE: SourceKind = {
  forms: ['- (an Arrow stream on standard input)'],
  parse: (text) =>
    text === STANDARD_INPUT ? storedSource({ format: 'arrow', path: STANDARD_INPUT }) : undefined,
}

/** Whether a text names images on standard input. */
export const isOfInput = (text: string): boolean =>
  text === STANDARD_INPUT || FORM.exec(text)?.at(3) === STANDARD_INPUT

/** `parquet:PATH` and `arrow:PATH`, and the same with `@adversarial`. */
export const STORED_SOURCES: SourceKind = {
  forms: [
    'parquet:PATH',
    'arrow:PATH (tables images and examples, or columns of images and labels)',
    'parquet@adversarial:PATH (of examples the adversarial images)',
    'parquet@image=COLUMN,label=COLUMN:PATH (more options in the documentation)',
  ],
  parse(text) {
    const match = FORM.exec(text)
    if (!match) return undefined
    const [, format, options, path] = match as unknown as [
      string,
      Stored['format'],
      string | undefined,
      string,
    ]
    if (path === STANDARD_INPUT && format === 'parquet')
      throw new BlindspotError(
        'bad-option',
        `source ${JSON.stringify(text)}: expected Arrow on standard input, arrow:-, got Parquet, which ends with what is read first; name a file`,
      )
    return storedSource({
      ...(options === undefined ? {} : readStoredOptions(text, options)),
      ...{ format, path },
    })
  },
}
