import { LinearMemory, type Address } from '../kernel/linearMemory.js'

/** The functions of kernel/ranking.ts. */
export interface Kernel {
  product(row: Address, direction: Address, n: number): number
  outside(
    ...args: [
      scores: Address,
      floors: Address,
      ceilings: Address,
      rows: number,
      count: number,
      found: Address,
    ]
  ): number
  addRows(
    ...args: [rows: Address, n: number, sums: Address, squares: Address, limit: number, grain: number]
  ): number
  drawn(sample: number, salts: Address, bounds: Address, count: number, found: Address): number
}

/** Where a ranking keeps what its kernel works on. */
export class RankMemory extends LinearMemory {
  readonly kernel = this.load(new URL('../kernel/ranking.wasm', import.meta.url)) as Kernel
}

/** Values of a row as the kernel sees it. */
export const wholeLanes = (values: number) => Math.ceil(values / 8) * 8
