import { readFileSync } from 'node:fs'
import { BlindspotError } from '../errors.js'

/** Where something lies in a LinearMemory, in bytes. */
export type Address = number

/** The part of WebAssembly that is used; Node's types have the names without the values. */
declare const WebAssembly: {
  readonly Memory: new (limits: { readonly initial: number }) => {
    readonly buffer: ArrayBuffer
    grow(pages: number): number
  }
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: object }
}

const PAGE = 65_536
/** Bytes of a SIMD lane. */
export const LANE_BYTES = 16

const compiled = new Map<string, object>()

/**
 * Memory that typed arrays share with a module of WebAssembly. It only grows, and goes when nobody has it any more. Each
 * one takes some 10 GB of addresses, whatever its size: one for each task, not one for each array.
 *
 * @throws BlindspotError `io` where the system has no room.
 */
export class LinearMemory {
  readonly #memory = orNoRoom(() => new WebAssembly.Memory({ initial: 1 }))
  /** The whole memory in three views, until the next `allocate`. */
  floats = new Float32Array(this.#memory.buffer)
  doubles = new Float64Array(this.#memory.buffer)
  integers = new Int32Array(this.#memory.buffer)
  #end = PAGE

  /** Bytes of all that is allocated. */
  get bytes(): number {
    return this.#end - PAGE
  }

  /** The functions of a compiled module, which work on this memory. */
  load(module: URL): object {
    const made = compiled.get(module.href) ?? new WebAssembly.Module(readFileSync(module))
    compiled.set(module.href, made)
    return new WebAssembly.Instance(made, { env: { memory: this.#memory } }).exports
  }

  /** Room for so many bytes, all 0, at a whole number of lanes. */
  allocate(bytes: number): Address {
    const address = this.#end
    const end = address + Math.ceil(bytes / LANE_BYTES) * LANE_BYTES
    const lacking = end - this.#memory.buffer.byteLength
    if (lacking > 0) {
      orNoRoom(() => this.#memory.grow(Math.ceil(lacking / PAGE)))
      this.floats = new Float32Array(this.#memory.buffer)
      this.doubles = new Float64Array(this.#memory.buffer)
      this.integers = new Int32Array(this.#memory.buffer)
    }
    this.#end = end
    return address
  }
}

function orNoRoom<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new BlindspotError(
      'io',
      `no room for the memory of WebAssembly, which takes 10 GB of addresses and holds up to 4 GiB (${(error as Error).message}); ` +
        'raise the limit on addresses (ulimit -v) or do less at once',
      { cause: error },
    )
  }
}
