import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** Bytes that are unpacked at once. */
const PIECE = 2 ** 18

/** Bytes that come in pieces, unpacked where they begin as gzip does. */
export async function gunzipped(
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
): Promise<AsyncIterable<Uint8Array>> {
  let head = Buffer.alloc(0)
  while (head.length < 2) {
    const { value, done } = await pieces.next()
    if (done) break
    head = Buffer.concat([head, value])
  }
  const all = after(head, pieces)
  if (!(head[0] === 0x1f && head[1] === 0x8b)) return all
  const packed = Readable.from(all)
  const gunzip = createGunzip({ chunkSize: PIECE })
  packed.on('error', (cause) => gunzip.destroy(cause))
  gunzip.on('close', () => packed.destroy())
  return packed.pipe(gunzip) as AsyncIterable<Uint8Array>
}

async function* after(
  head: Uint8Array,
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (head.length > 0) yield head
  yield* pieces
}
