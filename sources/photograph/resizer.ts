import { LinearMemory, type Address } from '../../operators/kernel/linearMemory.js'
import { shownOf, type Pixels, type Shown } from './resize.js'
import type { Taps } from './triangle.js'
import type { View } from './view.js'

/** The functions of operators/kernel/resample.ts. */
interface Kernel {
  along(
    ...args: [
      ...[from: Address, stride: number, rows: number],
      ...[firsts: Address, weights: Address, pairs: number, outputs: number],
      ...[to: Address, toStride: number],
    ]
  ): void
  down(
    ...args: [
      ...[from: Address, stride: number, count: number, weights: Address, pairs: Address],
      ...[sums: Address, n: number, to: Address, isFirst: boolean, isLast: boolean],
    ]
  ): void
}

/** Bytes of a photograph that are in the kernel's memory at once, or a row: what a core's own cache holds. */
const PIECE = 2 ** 20
/** What the kernel may read and write beyond what is its. */
const BEYOND = 32

const wholeBlocks = (bytes: number) => Math.ceil(bytes / 16) * 16

/**
 * `resize`, fast: the same bytes by WebAssembly. A photograph goes through its memory in pieces of some rows; the memory grows
 * to what the largest one needed, some MB.
 */
export class Resizer extends LinearMemory {
  readonly #kernel = this.load(new URL('../../operators/kernel/resample.wasm', import.meta.url)) as Kernel
  readonly #rooms = new Map<string, { readonly address: Address; readonly bytes: number }>()

  resize(pixels: Pixels, view: View): Uint8Array {
    const shown = shownOf(view)
    const { input } = view
    const height = shown.rows.first.length
    const bytes = shown.columns.first.length * 3
    const stride = wholeBlocks(bytes)
    const to = this.#room('out', height * stride)
    if (shown.isDownFirst) this.#downFirst(pixels, view, shown, to, stride)
    else this.#alongFirst(pixels, view, shown, to, stride)
    const made = new Uint8Array(this.integers.buffer)
    const out = new Uint8Array(input.height * input.width * 3)
    for (let y = 0; y < height; y++)
      out.set(
        made.subarray(to + y * stride, to + y * stride + bytes),
        ((shown.top + y) * input.width + shown.left) * 3,
      )
    return out
  }

  /** Each piece along its rows, then all outputs down its columns that have a part in it. A pass that changes no size is left out. */
  #alongFirst(pixels: Pixels, view: View, { rows, columns }: Shown, to: Address, stride: number): void {
    const height = rows.first.length
    const [first, last] = [rows.first[0], rows.first[height - 1] + rows.count[height - 1]]
    const most = this.#mostRows(pixels)
    const isAlong = view.part.width !== view.brought[1]
    const isDown = view.part.height !== view.brought[0]
    const along = this.#along(columns, view.part.width)
    const down = this.#down(rows, most)
    const middle = this.#room('middle', Math.min(most, last - first) * stride)
    const sums = last - first > most ? this.#room('sums', height * stride * 4) : 0
    // outputs before this one are done
    let done = 0
    for (let start = first; start < last; start += most) {
      const end = Math.min(last, start + most)
      const from = this.#piece(pixels, view, start, end)
      const way = [from, pixels.width * 3, end - start, ...along] as const
      if (!isDown) {
        this.#kernel.along(...way, to + (start - first) * stride, stride)
        continue
      }
      if (isAlong) this.#kernel.along(...way, middle, stride)
      const [at, step] = isAlong ? [middle, stride] : [from + columns.first[0] * 3, pixels.width * 3]
      for (let y = done; y < height && rows.first[y] < end; y++) {
        const begin = Math.max(start, rows.first[y])
        const after = rows.first[y] + rows.count[y]
        const stop = Math.min(end, after)
        this.#kernel.down(
          ...[at + (begin - start) * step, step, stop - begin],
          ...down(y, begin),
          ...[sums + y * stride * 4, stride, to + y * stride, begin === rows.first[y], stop === after],
        )
        if (stop === after) done = y + 1
      }
    }
  }

  /** Each output down the columns of all pieces that it has a part in, then along its row. */
  #downFirst(pixels: Pixels, view: View, { rows, columns }: Shown, to: Address, stride: number): void {
    const most = this.#mostRows(pixels)
    const along = this.#along(columns, view.part.width)
    const down = this.#down(rows, most)
    const n = wholeBlocks(view.part.width * 3)
    const middle = this.#room('middle', n)
    const sums = this.#room('sums', n * 4)
    let [start, end, from] = [0, 0, 0]
    for (let y = 0; y < rows.first.length; y++) {
      const last = rows.first[y] + rows.count[y]
      for (let begin = rows.first[y]; begin < last; begin = Math.min(end, last)) {
        if (begin < start || begin >= end || (begin === rows.first[y] && last > end)) {
          start = begin
          end = Math.min(view.part.height, start + most)
          from = this.#piece(pixels, view, start, end)
        }
        const stop = Math.min(end, last)
        this.#kernel.down(
          ...[from + (begin - start) * pixels.width * 3, pixels.width * 3, stop - begin],
          ...down(y, begin),
          ...[sums, n, middle, begin === rows.first[y], stop === last],
        )
      }
      this.#kernel.along(middle, n, 1, ...along, to + y * stride, stride)
    }
  }

  #mostRows({ width }: Pixels): number {
    return Math.max(1, Math.floor(PIECE / (width * 3)))
  }

  /** Brings rows of the part into the memory; where the first one's first pixel is. */
  #piece({ data, width }: Pixels, { part }: View, start: number, end: number): Address {
    const at = ((part.top + start) * width + part.left) * 3
    const bytes = ((end - start - 1) * width + part.width) * 3
    const to = this.#room('piece', Math.max(PIECE, bytes))
    new Uint8Array(this.integers.buffer).set(data.subarray(at, at + bytes), to)
    return to
  }

  /** The kernel's arguments of a pass along rows: where each output's pixels begin, and weights in pairs. */
  #along({ first, count, weights, most }: Taps, samples: number) {
    const outputs = first.length
    const pairs = Math.ceil(count.reduce((a, b) => Math.max(a, b), 0) / 2)
    // those at the end begin earlier, with weights of 0, so that nothing behind the row is read
    const early = first.map((pixel) => Math.min(pixel, Math.max(0, pixel + 2 * pairs - samples)))
    const firsts = this.#room('firsts', outputs * 4)
    const packed = this.#room('pairs along', outputs * pairs * 8)
    this.integers.set(
      first.map((pixel, x) => (pixel - early[x]) * 3),
      firsts / 4,
    )
    const weightOf = (x: number, tap: number) => (tap >= 0 && tap < count[x] ? weights[x * most + tap] : 0)
    for (let x = 0, to = packed / 4; x < outputs; x++)
      for (let k = 0; k < 2 * pairs; k += 2) {
        const [a, b] = [weightOf(x, k - early[x]), weightOf(x, k + 1 - early[x])]
        this.integers[to++] = (a >> 11) | ((b >> 11) << 16)
        this.integers[to++] = (a & 0x7ff) | ((b & 0x7ff) << 16)
      }
    return [firsts, packed, pairs, outputs] as const
  }

  /** The kernel's arguments for an output of a pass down columns, from one of its rows on. */
  #down({ first, weights, most }: Taps, rowsAtOnce: number) {
    const at = this.#room('weights', weights.length * 4)
    const pairs = this.#room('pairs down', Math.ceil(Math.min(most, rowsAtOnce) / 2) * 8)
    this.integers.set(weights, at / 4)
    return (output: number, from: number) => [at + (output * most + from - first[output]) * 4, pairs] as const
  }

  /** Room of a name, which is kept for the next time. */
  #room(name: string, bytes: number): Address {
    const room = this.#rooms.get(name)
    if (room && room.bytes >= bytes) return room.address
    const size = 2 ** Math.ceil(Math.log2(bytes + 1))
    const address = this.allocate(size + BEYOND)
    this.#rooms.set(name, { address, bytes: size })
    return address
  }
}
