import type { Answer } from '../../sources/answer.js'
import { END_OF_STREAM, ipcMessages } from '../ipc.js'

/** An answer as an Arrow IPC stream, uncompressed. */
export async function* arrowAnswer({ empty, parts }: Answer): AsyncGenerator<Uint8Array, void, undefined> {
  yield ipcMessages(empty).schema
  for await (const part of parts) yield ipcMessages(part.batch()).batch
  yield END_OF_STREAM
}
