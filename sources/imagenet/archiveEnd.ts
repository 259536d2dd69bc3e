import type { Header } from 'tar-stream'

/** Bytes of which a tar archive has a whole number. */
const BLOCK = 512

/** Whether an archive has its end, a block of zeros after its last member: the library takes any whole member for the last one. */
export class ArchiveEnd {
  #size = 0
  #last = Buffer.alloc(0)
  #members = 0

  /** The next of the archive's bytes. */
  piece(bytes: Uint8Array): void {
    this.#size += bytes.length
    this.#last = Buffer.concat([this.#last, bytes.subarray(-BLOCK)]).subarray(-BLOCK)
  }

  /** The header of the next member, with where its bytes begin, which the library's types do not have. */
  member({ type, size, byteOffset = 0 }: Header & { readonly byteOffset?: number }): void {
    this.#members = byteOffset + (type === 'directory' ? 0 : Math.ceil(size / BLOCK) * BLOCK)
  }

  /** Checks it, when all has been read. */
  require(): void {
    if (this.#size === 0) throw new Error('it has no bytes')
    if (this.#size - this.#members < BLOCK || this.#last.some((byte) => byte !== 0))
      throw new Error('its end is missing')
  }
}
