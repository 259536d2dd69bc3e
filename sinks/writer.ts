import type { Observable } from 'rxjs'
import { consume } from '../operators/flow/consume.js'
import type { WrittenFile } from '../sources/atomicFile.js'
import { requireKnown } from '../operators/options/knownOptions.js'

/**
 * What writes values to files that are complete or absent.
 *
 * `write` resolves when more can come: awaiting it is the backpressure. After an error of either only `abort` is of use.
 */
export interface Writer<T, Written> {
  /** Writes a value; resolves when more can come. */
  write(value: T): Promise<void>
  /** Resolves when all that was written is on the disk, under its name. */
  close(): Promise<Written>
  /** Removes what is not finished; also after an error, and more than once. */
  abort(): Promise<void>
}

/** A file of rows that is at its name. */
export interface WrittenRows extends WrittenFile {
  readonly rows: number
}

/**
 * Writes a stream to its end and closes the writer; where either fails, or the signal is aborted, nothing is left.
 *
 * @example
 * const network = await loadClassifier('my-model')
 * const scores = mnist('test', { limit: 16 }).pipe(score([network]), map(TABLES.scores.toArrow))
 * await writeAll(new ParquetWriter('scores.parquet'), scores, { signal: AbortSignal.timeout(60_000) })
 */
export async function writeAll<T, Written>(
  writer: Writer<T, Written>,
  values: Observable<T>,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Written> {
  requireKnown<{ readonly signal?: AbortSignal | undefined }>('writeAll', options, { signal: true })
  try {
    await consume(values, (value) => writer.write(value), options)
    return await writer.close()
  } catch (error) {
    await writer.abort()
    throw error
  }
}
