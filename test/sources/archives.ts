import { crc32, deflateRawSync, gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

/** A zip archive of some files, stored or deflated; `size` is what it says of the unpacked size instead of the truth. */
export function zip(
  files: Readonly<Record<string, Uint8Array>>,
  { isPacked = false, size }: { readonly isPacked?: boolean; readonly size?: number } = {},
): Buffer {
  const locals: Buffer[] = []
  const entries: Buffer[] = []
  let at = 0
  for (const [name, bytes] of Object.entries(files)) {
    const packed = isPacked ? deflateRawSync(bytes) : Buffer.from(bytes)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(isPacked ? 8 : 0, 4)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(size ?? bytes.length, 18)
    common.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(at, 10)
    entries.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), common, rest, Buffer.from(name)]))
    locals.push(local)
    at += local.length
  }
  const end = Buffer.alloc(18)
  const directory = Buffer.concat(entries)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...locals, directory, Buffer.from('PK\x05\x06'), end])
}

/** A `.npy` file. */
export function npy(
  descr: string,
  shape: readonly number[],
  data: NodeJS.ArrayBufferView,
  order = 'False',
): Buffer {
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`
  const text = `{'descr': ${descr.startsWith('[') ? descr : `'${descr}'`}, 'fortran_order': ${order}, 'shape': ${tuple}, }`
  const header = Buffer.from(`${text.padEnd(117)}\n`)
  const length = Buffer.alloc(2)
  length.writeUInt16LE(header.length)
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\0', 'latin1'), length, header, bytes])
}

/** A gzipped tar archive of some files. */
export async function tarGz(files: Readonly<Record<string, Uint8Array>>): Promise<Buffer> {
  const archive = pack()
  for (const [name, bytes] of Object.entries(files)) archive.entry({ name }, Buffer.from(bytes))
  archive.finalize()
  const parts: Buffer[] = []
  for await (const part of archive as AsyncIterable<Buffer>) parts.push(part)
  return gzipSync(Buffer.concat(parts))
}

/** An IDX file of bytes. */
export function idx(sizes: readonly number[], bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length)
  header.writeUInt32BE(0x0800 + sizes.length, 0)
  sizes.forEach((size, at) => header.writeUInt32BE(size, 4 + 4 * at))
  return Buffer.concat([header, bytes])
}
