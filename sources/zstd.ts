const FRAME = 0xfd2fb528
const SKIPPABLE = 0x184d2a50
/** Bytes that one block gives at most. */
const BLOCK = 2 ** 17
/** Blocks that may stand for one, since encoders split them. */
const SPLIT = 64

/**
 * Whether Zstandard frames unpack to about `size` bytes at most, by the heads of their blocks alone: repeated and raw bytes
 * exactly, compressed blocks by the most that they can give. 4 bytes can stand for 128 kB.
 * https://www.rfc-editor.org/rfc/rfc8878
 */
export function zstdFits(packed: Uint8Array, size: number): boolean {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
  let exact = 0
  let blocks = 0
  let at = 0
  while (at + 4 <= bytes.length) {
    const magic = bytes.readUInt32LE(at)
    if ((magic & 0xfffffff0) === SKIPPABLE) {
      if (at + 8 > bytes.length) return true
      at += 8 + bytes.readUInt32LE(at + 4)
      continue
    }
    // what is no frame is the decoder's to say
    if (magic !== FRAME || at + 5 > bytes.length) return true
    const flags = bytes[at + 4]
    const isSingle = (flags & 32) !== 0
    const sizeBytes = flags >> 6 === 0 ? Number(isSingle) : 2 ** (flags >> 6)
    at += 5 + Number(!isSingle) + [0, 1, 2, 4][flags & 3] + sizeBytes
    for (let last = false; !last && at + 3 <= bytes.length;) {
      const head = bytes.readUIntLE(at, 3)
      last = (head & 1) === 1
      const type = (head >> 1) & 3
      const length = head >> 3
      if (type === 2) blocks++
      else exact += length
      at += 3 + (type === 1 ? 1 : length)
    }
    if ((flags & 4) !== 0) at += 4
  }
  return exact <= size && blocks * BLOCK <= SPLIT * Math.max(size, BLOCK)
}
