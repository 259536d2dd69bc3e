import type { Observable } from 'rxjs'
import { stream } from '../operators/flow/stream.js'
import type { ActivationBatch } from '../operators/records/activation.js'

/** Values, 100 MB of float32. */
const SIZE = 25_000_000

/** Activations that cost nothing to make: batch b is the window of `pool` that begins at b · stride. */
export interface ActivationPool {
  /** Numbers uniform in [0, 1), as a sigmoid's. */
  readonly pool: Float32Array
  readonly stride: number
  readonly units: number
  readonly batchRows: number
  /** The stream of the first so many rows, in batches; `between` runs before each. */
  stream(rows: number, between?: (batch: number) => Promise<void>): Observable<ActivationBatch>
}

/**
 * A pool for streams in which no row comes twice while there are at most as many batches as units: the stride and the
 * units have no common divisor.
 */
export function activationPool(rows: number, units: number, batchRows: number): ActivationPool {
  const window = batchRows * units
  const pool = uniform(Math.max(SIZE, 2 * window))
  const batches = Math.ceil(rows / batchRows)
  let stride = Math.floor((pool.length - window) / batches)
  while (commonDivisor(stride, units) > 1) stride--
  return {
    pool,
    stride,
    units,
    batchRows,
    stream: (count, between) =>
      stream(async function* () {
        for (let b = 0, row = 0; row < count; b++, row += batchRows) {
          await between?.(b)
          const n = Math.min(batchRows, count - row)
          yield {
            model: 'pool',
            layer: 'windows',
            side: 'post',
            pool: 'none',
            dataset: 'pool',
            split: 'all',
            index: Int32Array.from({ length: n }, (_, i) => row + i),
            label: new Int32Array(n),
            values: pool.subarray(b * stride, b * stride + n * units),
          }
        }
      }),
  }
}

/** Numbers uniform in [0, 1): multiples of 2^-24 (xorshift, Marsaglia 2003). */
function uniform(length: number): Float32Array {
  const values = new Float32Array(length)
  let x = 2463534242
  for (let i = 0; i < length; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    values[i] = (x >>> 8) * 2 ** -24
  }
  return values
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}
