import type { Answer } from '../../sources/query/answer.js'
import { END_OF_STREAM, ipcMessages } from '../ipc.js'

/** An answer as an Arrow IPC stream, uncompressed. */
export async function* arrowAnswer({ empty, chunks }: Answer): AsyncGenerator<Uint8Array, void, undefined> {
  yield ipcMessages(empty).schema
  for await (const chunk of chunks) yield ipcMessages(chunk.batch()).batch
  yield END_OF_STREAM
}
