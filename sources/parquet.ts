import { makeData, RecordBatch, Schema, Struct, tableFromIPC } from 'apache-arrow'
import { BlindspotError } from '../operators/errors.js'
import { durationsIn, withDurations } from './durations.js'
import { files } from './files.js'
import type { OpenFile } from './openFile.js'
import { readFooter } from './parquetFooter.js'
import type { ParquetFooter } from './parquetFooter.js'
import { provenanceOf } from './parquetProvenance.js'
import { parquetWasm } from './parquetWasm.js'
import { disk } from './store.js'
import { conditionsLeft, isInPartitions } from './partitions.js'
import {
  checkWhere,
  rulesOut,
  runsIn,
  type Bounds,
  type WhereCondition,
  type Run,
  type Where,
} from './where.js'
import { requireKnown } from '../operators/options/knownOptions.js'

/** Options of `readParquet`. */
export interface ParquetReadOptions {
  /** Columns to read; they come in the file's order, and the bytes of others are not touched. Default: all. */
  readonly columns?: readonly string[]
  /** Those of `columns` that a file may lack: then they are not in its batches. Default none. */
  readonly optional?: readonly string[]
  /** Most rows of a batch. Default 1024. */
  readonly batchSize?: number
  /**
   * Which rows are read. Files whose folders `KEY=VALUE` rule them out are not opened; row groups whose statistics do are not
   * read, and of others, whose conditions no row meets, the columns of the conditions alone. The rows that a batch has are
   * neighbours in their file. Default: all.
   */
  readonly where?: Where
}

/**
 * Record batches of Parquet files, one row group in memory at a time; the footer's key-value metadata is the
 * schema's metadata.
 *
 * Errors: `bad-option` where there is no such file or no such column, `io` where it cannot be opened, `bad-data` where it is cut off or
 * corrupt.
 *
 * @param paths a file, a folder (all `.parquet` files below it), a pattern as a shell has it (`*`, `**`, `?`, `[ab]`,
 * `{a,b}`), or several of them; what is left out of a folder is named by a warning, see `files`.
 * @example
 * const where = { source: { equals: 'FC10(1)' }, distortion: { most: 0.05 } }
 * for await (const batch of readParquet('results/examples', { columns: ['index', 'distortion'], where }))
 *   console.log(batch.numRows)
 */
export async function* readParquet(
  paths: string | readonly string[],
  options: ParquetReadOptions = {},
): AsyncGenerator<RecordBatch, void, undefined> {
  requireKnown<ParquetReadOptions>('readParquet', options, {
    columns: true,
    optional: true,
    batchSize: true,
    where: true,
  })
  for await (const { batch } of readPlaced(paths, options)) yield batch
}

/** A batch with its file, and how many rows of the file come before. */
export interface PlacedBatch {
  readonly path: string
  readonly before: number
  readonly batch: RecordBatch
}

/**
 * Reads batches as `readParquet` does, and says where each is from.
 *
 * @param isWanted whether the row group with the rows from one of the file up to another is read. Default: all are
 */
export async function* readPlaced(
  paths: string | readonly string[],
  options: ParquetReadOptions = {},
  isWanted: (from: number, to: number) => boolean = () => true,
): AsyncGenerator<PlacedBatch, void, undefined> {
  checkWhere(options.where ?? {})
  for (const path of await files(paths, '.parquet')) {
    if (!isInPartitions(path, options.where ?? {})) continue
    const file = await disk.open(path)
    try {
      for await (const placed of readOpen(file, options, isWanted)) yield { path, ...placed }
    } finally {
      await file.close()
    }
  }
}

/** What a Parquet file says of itself, without reading a row. */
export interface ParquetMetadata {
  readonly rows: number
  /** Names of the columns at the top level, in order. */
  readonly columns: readonly string[]
  /** Their types in words, such as `list<float32>`, for messages. */
  readonly types: readonly string[]
  readonly rowGroups: number
  /** The program that wrote the file, as it says. */
  readonly createdBy: string
  /** What the writer was given as `provenance`; empty in files of other writers. */
  readonly provenance: Readonly<Record<string, unknown>>
  /** All key-value metadata of the footer. */
  readonly keyValues: ReadonlyMap<string, string>
}

/** Rows, columns and provenance from the footer of one Parquet file. */
export async function parquetMetadata(path: string): Promise<ParquetMetadata> {
  const file = await disk.open(path)
  try {
    const { rows, columns, types, rowGroups, createdBy, keyValues } = await readFooter(file)
    const provenance = provenanceOf(keyValues, path)
    return { rows, columns, types, rowGroups, createdBy, provenance, keyValues }
  } finally {
    await file.close()
  }
}

/** Reads the batches of an open file as `readPlaced` does. */
export async function* readOpen(
  file: OpenFile,
  options: ParquetReadOptions = {},
  isWanted: (from: number, to: number) => boolean = () => true,
): AsyncGenerator<Omit<PlacedBatch, 'path'>, void, undefined> {
  const { path } = file
  const footer = await readFooter(file)
  provenanceOf(footer.keyValues, path)
  const { columns: asked = footer.columns, optional = [], batchSize = 1024 } = options
  const columns = asked.filter((name) => footer.columns.includes(name) || !optional.includes(name))
  const where = conditionsLeft(path, options.where ?? {})
  const conditional = where.map(([name]) => name)
  const missing = [...columns, ...conditional].filter((name) => !footer.columns.includes(name))
  if (missing.length > 0)
    throw new BlindspotError(
      'bad-option',
      `${path} has no column ${missing.join(', ')}; its columns are ${footer.columns.join(', ')}`,
    )
  const metadata = new Map([...footer.keyValues].filter(([key]) => key !== 'ARROW:schema'))
  const durations = durationsIn(footer.keyValues.get('ARROW:schema'))
  let end = 0
  for (const [group, expected] of footer.groupRows.entries()) {
    const start = end
    end += expected
    // pyarrow writes a table without rows as a row group whose columns are nowhere
    if (expected === 0 || !isWanted(start, end)) continue
    if (where.some(([name, condition]) => isRuledOut(condition, footer.bounds(group, name)))) continue
    const wanted =
      where.length === 0
        ? [[0, expected] as const]
        : runsOf(decodeGroup(await bytesOf(footer, group, conditional, path), batchSize, path, group), where)
    if (wanted.length === 0) continue
    const parts = partsOf(wanted)
    let rows = 0
    const batches =
      columns.length === 0
        ? withoutColumns(expected, batchSize)
        : decodeGroup(await bytesOf(footer, group, columns, path), batchSize, path, group)
    for (const batch of batches) {
      const whole = withDurations(batch, metadata, durations)
      for (const [from, to] of parts(rows, rows + batch.numRows)) {
        const isWhole = to - from === batch.numRows
        yield { before: start + from, batch: isWhole ? whole : whole.slice(from - rows, to - rows) }
      }
      rows += batch.numRows
    }
    if (rows !== expected) throw corrupt(path, group, `its footer says ${expected} rows, ${rows} were in it`)
  }
}

const isRuledOut = (condition: WhereCondition, bounds: Bounds | undefined): boolean =>
  bounds !== undefined && rulesOut(condition, bounds)

/** Runs of rows over all batches of a row group. */
function runsOf(
  batches: Iterable<RecordBatch>,
  where: readonly (readonly [string, WhereCondition])[],
): readonly Run[] {
  const runs: Run[] = []
  let before = 0
  for (const batch of batches) {
    for (const [from, to] of runsIn(batch, where)) {
      const last = runs.at(-1)
      if (last?.[1] === before + from) runs[runs.length - 1] = [last[0], before + to]
      else runs.push([before + from, before + to])
    }
    before += batch.numRows
  }
  return runs
}

/** Gives the parts of ordered runs that lie from one row up to another, asked for from the first row on. */
function partsOf(runs: readonly Run[]): (from: number, to: number) => readonly Run[] {
  let at = 0
  return (from, to) => {
    const parts: Run[] = []
    while (at < runs.length && runs[at][0] < to) {
      parts.push([Math.max(runs[at][0], from), Math.min(runs[at][1], to)])
      if (runs[at][1] > to) break
      at++
    }
    return parts
  }
}

/** Batches of rows without columns, for who counts them. */
function* withoutColumns(rows: number, batchSize: number): Generator<RecordBatch, void, undefined> {
  for (let from = 0; from < rows; from += batchSize) {
    const length = Math.min(batchSize, rows - from)
    yield new RecordBatch(
      new Schema([]),
      makeData({ type: new Struct([]), length, nullCount: 0, children: [] }),
    )
  }
}

async function bytesOf(footer: ParquetFooter, group: number, columns: readonly string[], path: string) {
  try {
    return await footer.rowGroup(group, columns)
  } catch (cause) {
    if (cause instanceof BlindspotError) throw cause
    throw corrupt(path, group, cause)
  }
}

function* decodeGroup(
  bytes: Uint8Array,
  batchSize: number,
  path: string,
  group: number,
): Generator<RecordBatch, void, undefined> {
  const held = decoded()
  function decoded() {
    try {
      const table = parquetWasm().readParquet(bytes, { batchSize })
      const batches = table.recordBatches()
      table.free()
      return batches
    } catch (cause) {
      throw corrupt(path, group, cause)
    }
  }
  try {
    for (let next = held.shift(); next !== undefined; next = held.shift())
      yield* tableFromIPC(next.intoIPCStream()).batches
  } finally {
    for (const batch of held) batch.free()
  }
}

function corrupt(path: string, group: number, cause: unknown): BlindspotError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const message = `${path}: row group ${group} is corrupt (${reason}); write the file again`
  return new BlindspotError('bad-data', message, { cause })
}
