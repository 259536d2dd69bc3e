import { createHash } from 'node:crypto'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

/** A stream of random numbers that belongs to one purpose and, where there is one, one sample. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number
  /** Standard normal. */
  gaussian(): number
  /** Uniform integer in [0, n). */
  integer(n: number): number
}

/**
 * Random numbers as a function of (seed, what they are for, sample id) alone, so that no result depends
 * on batch size, order, worker or backend.
 *
 * @example randomFor(1, 'target', 'mnist', 'test', 42).integer(9)
 */
export function randomFor(seed: number, purpose: string, ...id: readonly (string | number)[]): Random {
  const key = createHash('sha256')
    .update(JSON.stringify([seed, purpose, ...id]))
    .digest()
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => key.readInt32LE(at)))
  const uniform = () => (generator.next() >>> 0) / 2 ** 32
  let spare = NaN
  return {
    uniform,
    integer: (n) => Math.floor(uniform() * n),
    gaussian() {
      if (!Number.isNaN(spare)) {
        const value = spare
        spare = NaN
        return value
      }
      // Box-Muller; 1 - u keeps the logarithm finite
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
      const angle = 2 * Math.PI * uniform()
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
  }
}

/** A permutation of 0..n-1 (Fisher-Yates). */
export function permutation(n: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = random.integer(i + 1)
    const kept = order[i]
    order[i] = order[j]
    order[j] = kept
  }
  return order
}
