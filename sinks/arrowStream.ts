import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { RecordBatch, Schema } from 'apache-arrow'
import { map, type Observable } from 'rxjs'
import { BlindspotError } from '../operators/errors.js'
import { pull, type Inbox } from '../operators/flow/inbox.js'
import { TABLES, type TableName, type Tables } from '../operators/records/tables.js'
import { END_OF_STREAM } from './ipc.js'
import { IpcChain } from './ipcChain.js'

/** Bytes as the Web has them, for `new Response(stream)`, `pipeTo` and `for await`; and as Node has them. */
export class ArrowStream extends ReadableStream<Uint8Array> {
  /** The same bytes as a Node stream, for `pipe` and `pipeline`. A stream is read in one of its two forms. */
  toNode(): Readable {
    return Readable.fromWeb(this, { objectMode: false })
  }
}

/**
 * A stream as the bytes of one Arrow IPC stream, uncompressed, which pyarrow, polars and `readArrow` read.
 *
 * The source is subscribed to when the first bytes are asked for, and makes its next batch when they are asked for again: who
 * reads slowly holds it up. Cancelling, or destroying the Node stream, unsubscribes it; its error is the stream's. Without any row
 * a stream of records has its schema all the same; one of batches that has none is an error, `bad-data`, as it has no schema.
 * Batches have to be of one schema, its metadata included: of images those of one shape.
 *
 * @param table the table that the values are records of. Without it they are Arrow batches
 * @example
 * const network = await loadClassifier('my-model')
 * const examples = mnist('test', { limit: 16 }).pipe(attack(network))
 * for await (const bytes of toArrowStream(examples, 'examples').toNode()) console.log(bytes.length)
 */
export function toArrowStream(batches: Observable<RecordBatch>): ArrowStream
export function toArrowStream<Name extends TableName>(
  records: Observable<Tables[Name]>,
  table: Name,
): ArrowStream
export function toArrowStream<Name extends TableName>(
  values: Observable<RecordBatch> | Observable<Tables[Name]>,
  table?: Name,
): ArrowStream {
  if (table === undefined) return bytesOf((values as Observable<RecordBatch>).pipe(map(withoutProvenance)))
  const { toArrow, empty } = TABLES[table]
  return bytesOf((values as Observable<Tables[Name]>).pipe(map(toArrow)), empty)
}

/** A batch without what the footer of its file says of where it is from, which differs from file to file. */
function withoutProvenance(batch: RecordBatch): RecordBatch {
  const { fields, metadata } = batch.schema
  if (!metadata.has('blindspot')) return batch
  const rest = [...metadata].filter(([key]) => key !== 'blindspot')
  return new RecordBatch(new Schema(fields, new Map(rest)), batch.data)
}

/** @param empty a batch of the schema, for a stream that has none */
function bytesOf(source: Observable<RecordBatch>, empty?: RecordBatch): ArrowStream {
  const chain = new IpcChain('toArrowStream')
  let batches: Inbox<RecordBatch> | undefined
  let isLeft = false
  return new ArrowStream(
    {
      async pull(controller) {
        batches ??= pull(source)
        const { value, done } = await batches.next()
        try {
          if (value) controller.enqueue(Buffer.concat(chain.next(value)))
          if (!done || isLeft) return
          if (!chain.begun) controller.enqueue(Buffer.concat(chain.next(emptyOr(empty))))
          controller.enqueue(END_OF_STREAM.slice())
          controller.close()
        } catch (error) {
          batches.close()
          throw error
        }
      },
      cancel() {
        isLeft = true
        batches?.close()
      },
    },
    // nothing is made ahead of who reads
    { highWaterMark: 0 },
  )
}

function emptyOr(empty: RecordBatch | undefined): RecordBatch {
  if (empty) return empty
  throw new BlindspotError(
    'bad-data',
    'toArrowStream: no batch came, so that there is no schema; name the table, or give a batch without rows',
  )
}
