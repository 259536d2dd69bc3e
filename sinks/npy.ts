import { BlindspotError } from '../operators/errors.js'
import { AtomicFile, type WrittenFile } from '../sources/atomicFile.js'

/** Types of values, as NumPy calls them. */
const TYPES = { '<f4': Float32Array, '<f8': Float64Array, '<i4': Int32Array } as const
export type NpyType = keyof typeof TYPES
export type NpyValues = Float32Array | Float64Array | Int32Array

/** The header ends at a multiple of so many bytes. */
const ALIGNED = 64

/**
 * Writes an array to a `.npy` file that is complete or absent, part by part in row-major order; `numpy.load(path, mmap_mode='r')`
 * reads it. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @example
 * const file = await NpyWriter.create('label.npy', '<i4', [3])
 * await file.write(Int32Array.of(7, 2, 1))
 * await file.close()
 */
export class NpyWriter {
  #values = 0

  private constructor(
    readonly file: AtomicFile,
    readonly type: NpyType,
    readonly shape: readonly number[],
  ) {}

  /** @throws BlindspotError `io` */
  static async create(path: string, type: NpyType, shape: readonly number[]): Promise<NpyWriter> {
    const file = await AtomicFile.create(path)
    await file.write(headerOf(type, shape))
    return new NpyWriter(file, type, shape)
  }

  /** @throws BlindspotError `bad-data` for values of another type; `io` */
  async write(values: NpyValues): Promise<void> {
    if (!(values instanceof TYPES[this.type]))
      throw new BlindspotError(
        'bad-data',
        `${this.file.path}: expected a ${TYPES[this.type].name}, got a ${values.constructor.name}`,
      )
    this.#values += values.length
    await this.file.write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }

  /** @throws BlindspotError `bad-data` where it has not the values of its shape; `io` */
  async close(): Promise<WrittenFile> {
    const expected = this.shape.reduce((product, n) => product * n, 1)
    if (this.#values === expected) return this.file.close()
    await this.abort()
    throw new BlindspotError(
      'bad-data',
      `${this.file.path}: expected ${expected} values, for the shape ${this.shape.join(' × ')}, got ${this.#values}`,
    )
  }

  abort(): Promise<void> {
    return this.file.abort()
  }
}

function headerOf(type: NpyType, shape: readonly number[]): Uint8Array {
  // a tuple of one has a comma, too
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${tuple}, }`
  const before = 10
  const length = Math.ceil((before + text.length + 1) / ALIGNED) * ALIGNED - before
  const header = Buffer.alloc(before + length, ' ')
  header.write('\x93NUMPY\x01\x00', 'latin1')
  header.writeUInt16LE(length, 8)
  header.write(text, before, 'latin1')
  header.write('\n', before + length - 1, 'latin1')
  return header
}
