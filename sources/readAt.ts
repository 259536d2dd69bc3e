import type { FileHandle } from 'node:fs/promises'

/**
 * So many bytes of a file from a position on; no room is made for what the file does not have.
 *
 * @throws RangeError where it has fewer
 */
export async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { size } = await file.stat()
  if (position + length > size)
    throw new RangeError(`the file has ${size} bytes, ${position + length} were expected`)
  const bytes = Buffer.allocUnsafe(length)
  for (let at = 0; at < length;) {
    const { bytesRead } = await file.read(bytes, at, length - at, position + at)
    if (bytesRead === 0) throw new RangeError('the file became shorter while it was read')
    at += bytesRead
  }
  return bytes
}
