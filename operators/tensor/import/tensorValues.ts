import { bad } from '../model/bad.js'
import { readAt, type Opened, type StoredTensor } from './safetensors.js'
import { sizeFromShape } from '../../classifier/sizeFromShape.js'
import { fromFloat16 } from '../../records/float16.js'

/** Bytes that are read at once; a multiple of every number's. */
const PIECE = 2 ** 22

/** Numbers of a type from their bytes, little-endian. */
const DECODERS: Readonly<Partial<Record<string, (bytes: DataView, to: Float32Array) => void>>> = {
  F32(bytes, to) {
    for (let i = 0; i < to.length; i++) to[i] = bytes.getFloat32(4 * i, true)
  },
  F64(bytes, to) {
    for (let i = 0; i < to.length; i++) to[i] = bytes.getFloat64(8 * i, true)
  },
  F16(bytes, to) {
    for (let i = 0; i < to.length; i++) to[i] = fromFloat16(bytes.getUint16(2 * i, true))
  },
  // the upper half of a float32
  BF16(bytes, to) {
    const bits = new DataView(new ArrayBuffer(4))
    for (let i = 0; i < to.length; i++) {
      bits.setUint32(0, bytes.getUint16(2 * i, true) << 16)
      to[i] = bits.getFloat32(0)
    }
  },
}

/** Types of numbers that weights can have. */
export const FLOATS: readonly string[] = Object.keys(DECODERS)

/**
 * The numbers of a tensor as float32, read piece by piece.
 *
 * @throws BlindspotError `bad-model`, naming the tensor, where a number is not finite
 */
export async function valuesOf(
  file: string,
  handle: Opened,
  { name, dtype, shape, begin, end }: StoredTensor,
): Promise<Float32Array<ArrayBuffer>> {
  const decode = DECODERS[dtype]
  const values = new Float32Array(sizeFromShape(shape))
  if (decode === undefined)
    throw bad(file, `tensor ${JSON.stringify(name)}: expected ${FLOATS.join(', ')}, got ${dtype}`)
  const width = (end - begin) / values.length
  const piece = new Uint8Array(Math.min(PIECE, end - begin))
  for (let at = begin; at < end; at += piece.length) {
    const bytes = piece.subarray(0, Math.min(piece.length, end - at))
    await readAt(file, handle, at, bytes)
    const from = (at - begin) / width
    const part = values.subarray(from, from + bytes.length / width)
    decode(new DataView(bytes.buffer, 0, bytes.length), part)
    const wrong = part.findIndex((value) => !Number.isFinite(value))
    if (wrong >= 0)
      throw bad(
        file,
        `tensor ${JSON.stringify(name)}: expected finite numbers of float32, got ${part[wrong]} at ${from + wrong}`,
      )
  }
  return values
}
