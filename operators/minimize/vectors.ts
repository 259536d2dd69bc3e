import { moveInward } from './box.js'
import { LANE_BYTES, LinearMemory, type Address } from '../kernel/linearMemory.js'

export type { Address } from '../kernel/linearMemory.js'

/** The functions of kernel/minimize.ts. */
export interface Kernel {
  secondResult(): number
  thirdResult(): number
  fourthResult(): number
  fifthResult(): number
  squaredDistance(a: Address, b: Address, n: number): number
  project(
    ...args: [
      x: Address,
      origin: Address,
      gradient: Address,
      mask: Address,
      projected: Address,
      n: number,
      curvature: number,
      low: number,
      high: number,
    ]
  ): number
  stepThenProject(
    ...args: [
      x: Address,
      gradient: Address,
      trial: Address,
      fresh: Address,
      origin: Address,
      mask: Address,
      projected: Address,
      d: Address,
      n: number,
      curvature: number,
      low: number,
      high: number,
    ]
  ): number
  pairProducts(s: Address, y: Address, d: Address, mask: Address, n: number): number
  addChangeThenProducts(
    ...args: [
      d: Address,
      a: number,
      s: Address,
      y: Address,
      mask: Address,
      n: number,
      curvature: number,
      nextS: Address,
      nextY: Address,
    ]
  ): number
  addChangeScaleThenAlong(
    ...args: [
      d: Address,
      a: number,
      s: Address,
      y: Address,
      mask: Address,
      n: number,
      curvature: number,
      h: number,
      nextS: Address,
      nextY: Address,
    ]
  ): number
  addStepThenAlong(
    ...args: [
      d: Address,
      a: number,
      s: Address,
      mask: Address,
      n: number,
      curvature: number,
      nextS: Address,
      nextY: Address,
    ]
  ): number
  addStep(d: Address, a: number, s: Address, mask: Address, n: number): void
  scale(to: Address, a: number, from: Address, n: number): void
  place(
    ...args: [
      trial: Address,
      x: Address,
      step: number,
      direction: Address,
      projected: Address,
      n: number,
      low: number,
      high: number,
    ]
  ): number
  slopeTo(to: Address, from: Address, gradient: Address, n: number): number
  along(to: Address, origin: Address, from: Address, t: number, n: number, low: number, high: number): void
  allFinite(v: Address, n: number): number
}

/** Bytes of a vector of so many float32 values, in whole lanes. */
export const vectorBytes = (values: number): number => Math.ceil((values * 4) / LANE_BYTES) * LANE_BYTES

/**
 * Vectors of one length and their arithmetic, on the SIMD unit by way of WebAssembly: ten times faster than loops over
 * typed arrays, and the same bits on every machine.
 *
 * Vectors are filled up to a whole number of SIMD lanes; what fills them takes part in no result as long as it is
 * `low` in points of the box and 0 in differences and gradients.
 */
export class Vectors {
  readonly kernel: Kernel
  /** The vector 0. */
  readonly zero: Address
  /** Values of a vector as the kernel sees it: a multiple of 4. */
  readonly n: number
  private readonly memory = new LinearMemory()

  constructor(
    readonly size: number,
    /** Least and largest value of a point. */
    readonly low: number,
    readonly high: number,
  ) {
    this.n = vectorBytes(size) / 4
    this.kernel = this.memory.load(new URL('../kernel/minimize.wasm', import.meta.url)) as Kernel
    this.zero = this.allocate()
  }

  /** Bytes of all vectors. */
  get bytes(): number {
    return this.memory.bytes
  }

  /** Allocates a vector, all 0. */
  allocate(): Address {
    return this.memory.allocate(this.n * 4)
  }

  /** The values of a vector, until the next `allocate`. */
  view(address: Address): Float32Array {
    return this.memory.floats.subarray(address >> 2, (address >> 2) + this.size)
  }

  /** Allocates room for the points of a batch, side by side. */
  allocateBatch(rows: number): Address {
    return this.memory.allocate(rows * this.size * 4)
  }

  /** Copies a point to its row of a batch. */
  toRow(batch: Address, row: number, from: Address): void {
    this.memory.floats.copyWithin((batch >> 2) + row * this.size, from >> 2, (from >> 2) + this.size)
  }

  /** [rows × size] a batch's first rows, until the next `allocate`. */
  rows(batch: Address, rows: number): Float32Array {
    return this.memory.floats.subarray(batch >> 2, (batch >> 2) + rows * this.size)
  }

  /** Writes to `to` the point `from`, moved as `moveInward` does. */
  inward(to: Address, from: Address): void {
    this.copy(to, from)
    moveInward(this.view(to), [this.low, this.high])
  }

  copy(to: Address, from: Address): void {
    this.memory.floats.copyWithin(to >> 2, from >> 2, (from >> 2) + this.n)
  }

  /** Takes in a point of the box, or a gradient with `filler` 0. */
  set(to: Address, values: Float32Array, filler = this.low): void {
    this.memory.floats.set(values, to >> 2)
    this.memory.floats.fill(filler, (to >> 2) + this.size, (to >> 2) + this.n)
  }
}
