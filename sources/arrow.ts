import { Message, MessageHeader } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import { ofColumns } from '../operators/records/batch.js'
import { batchesOf } from './arrowBytes.js'
import { checkFooter, checkHead } from './flatbuffer.js'
import { files } from './files.js'
import type { PlacedBatch } from './parquet.js'
import { conditionsLeft, isInPartitions } from './partitions.js'
import { checkWhere, runsIn, type Where } from './where.js'
import type { OpenFile } from './openFile.js'
import { disk } from './store.js'
import { requireKnown } from '../operators/options/knownOptions.js'

export interface ArrowReadOptions {
  /** Columns to keep; they come in the file's order. Default: all. */
  readonly columns?: readonly string[]
  /**
   * Which rows are given, as of `readParquet`: files whose folders rule them out are not opened; the rows of a batch are
   * neighbours. Default: all.
   */
  readonly where?: Where
}

/**
 * Record batches of Arrow IPC files (stream, or file format as Feather, uncompressed); of a stream one is in memory at a
 * time.
 *
 * Of a file that was cut off (a process died in mid-write) all whole batches come first, then the error
 * `bad-data`: who wants what there is catches it. Other errors: `bad-option` where there is no such file or column, `io` where it cannot be opened, `bad-data`
 * where it is something else.
 *
 * @param paths as for `readParquet`; below a folder, files that end in `.arrows`.
 */
export async function* readArrow(
  paths: string | readonly string[],
  options: ArrowReadOptions = {},
): AsyncGenerator<RecordBatch, void, undefined> {
  requireKnown<ArrowReadOptions>('readArrow', options, { columns: true, where: true })
  for await (const { batch } of readPlacedArrow(paths, options)) yield batch
}

/** Reads batches as `readArrow` does, and says where each is from. */
export async function* readPlacedArrow(
  paths: string | readonly string[],
  { columns, where = {} }: ArrowReadOptions = {},
): AsyncGenerator<PlacedBatch, void, undefined> {
  checkWhere(where)
  for (const path of await files(paths, '.arrows')) {
    if (!isInPartitions(path, where)) continue
    const conditions = conditionsLeft(path, where)
    const file = await disk.open(path)
    let before = 0
    try {
      for await (const batch of readFile(file)) {
        const kept = columns === undefined ? batch : selected(batch, columns, path)
        requireColumns(
          batch,
          conditions.map(([name]) => name),
          path,
        )
        for (const [from, to] of runsIn(batch, conditions))
          yield {
            path,
            before: before + from,
            batch: to - from === batch.numRows ? kept : kept.slice(from, to),
          }
        before += batch.numRows
      }
    } finally {
      await file.close()
    }
  }
}

async function* readFile(file: OpenFile): AsyncGenerator<RecordBatch, void, undefined> {
  const { path } = file
  /** The schema, and dictionaries where another writer made some: messages that every batch needs. */
  const before: Uint8Array[] = []
  if (await isFileFormat(file)) {
    yield* await whole(file)
    return
  }
  let position = 0
  let batches = 0
  let rows = 0
  for (;;) {
    const message = await readMessage(file, position).catch((cause: unknown) => {
      if (cause instanceof BlindspotError) throw cause
      throw new BlindspotError(
        'bad-data',
        `${path}: expected an Arrow file, but byte ${position} begins no whole message; before it are ` +
          `${batches} whole batches with ${rows} rows, which can be used; the file was cut off there or is something else`,
        { cause },
      )
    })
    if (message === undefined) return
    position += message.bytes.length
    if (message.type === MessageHeader.RecordBatch) {
      for (const batch of batchesOf(Buffer.concat([...before, message.bytes]), path)) {
        batches++
        rows += batch.numRows
        yield batch
      }
    } else before.push(message.bytes)
  }
}

const CONTINUATION = 0xffffffff
/** Bytes of a message's head at most: its columns, not their values. */
const LONGEST_HEAD = 2 ** 26

const MAGIC = 'ARROW1'

const isFileFormat = async (file: OpenFile): Promise<boolean> =>
  file.size >= 8 && (await file.read(0, MAGIC.length)).toString('latin1') === MAGIC

/** The batches of a file of the file format, all at once: its footer says where they are. */
async function whole(file: OpenFile): Promise<readonly RecordBatch[]> {
  const { path, size } = file
  try {
    const end = size - 4 - MAGIC.length
    const bytes = await file.read(0, size)
    const length = bytes.readInt32LE(end)
    if (!(length > 0 && length < end)) throw new RangeError(`its footer has ${length} bytes`)
    for (const { offset, head, kind } of checkFooter(bytes.subarray(end - length, end))) {
      if (!(offset >= 8 && head >= 8 && offset + head <= end))
        throw new RangeError('its footer leads out of it')
      checkHead(bytes.subarray(offset + 8, offset + head), kind)
    }
    return batchesOf(bytes, path)
  } catch (cause) {
    if (cause instanceof BlindspotError) throw cause
    throw new BlindspotError(
      'bad-data',
      `${path} is no whole Arrow file (${(cause as Error).message}); write it again`,
      { cause },
    )
  }
}

/** One message with its framing; undefined at the end of the stream. */
async function readMessage(file: OpenFile, position: number) {
  const head = await file.read(position, position + 8)
  if (head.readUInt32LE(0) !== CONTINUATION) throw new RangeError('there is no continuation mark')
  const length = head.readUInt32LE(4)
  if (length === 0) return undefined
  if (length > LONGEST_HEAD) throw new RangeError(`its head has ${length} bytes`)
  const body = position + 8 + length
  const description = await file.read(position + 8, body)
  checkHead(description)
  const message = Message.decode(description)
  return { type: message.headerType, bytes: await file.read(position, body + message.bodyLength) }
}

function selected(batch: RecordBatch, columns: readonly string[], path: string): RecordBatch {
  requireColumns(batch, columns, path)
  // the library's own selection leaves holes between the columns
  return ofColumns(
    batch,
    batch.schema.fields.map(({ name }) => name).filter((name) => columns.includes(name)),
  )
}

function requireColumns(batch: RecordBatch, columns: readonly string[], path: string): void {
  const there = batch.schema.fields.map((field) => field.name)
  const missing = columns.filter((name) => !there.includes(name))
  if (missing.length > 0)
    throw new BlindspotError(
      'bad-option',
      `${path} has no column ${missing.join(', ')}; its columns are ${there.join(', ')}`,
    )
}
