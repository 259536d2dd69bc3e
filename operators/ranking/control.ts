import { createHash } from 'node:crypto'
import { Extremes, type Origins } from './extremes.js'
import type { Ranking } from './ranking.js'

const SIGN = -(2 ** 31)

/**
 * The control: for each of `count` directions that mean nothing a uniform sample of the stream without replacement, those
 * images whose hash of (seed, direction, sample id) is largest.
 */
export function uniformRanking(count: number, top: number, seed: number, origins: Origins): Ranking {
  const first = new Extremes(count, top, 1, origins)
  const salts = Int32Array.from({ length: count }, (_, i) => salt(seed, 'direction', i))
  /** Upper bits of the thresholds; the sign is turned so that they are in order as signed integers. */
  const uppers = new Int32Array(count).fill(SIGN)
  const ofOrigin = new Map<number, number>()
  return {
    basis: 'uniform',
    directions: count,
    add({ dataset, split, index, label }, origin) {
      const own = ofOrigin.get(origin) ?? salt(seed, dataset, split)
      ofOrigin.set(origin, own)
      const { thresholds } = first
      for (let row = 0; row < index.length; row++) {
        const sample = mix(mix(index[row] ^ own) + own)
        for (let i = 0; i < count; i++) {
          // of 53 bits the upper 32 tell nearly all that will not be among the first
          const a = mix(sample ^ salts[i])
          if ((a ^ SIGN) < uppers[i]) continue
          const value = (a >>> 0) * 2 ** 21 + (mix(a + salts[i]) >>> 11)
          first.offer(i, value, index[row], label[row], origin)
          if (thresholds[i] >= 0) uppers[i] = Math.floor(thresholds[i] / 2 ** 21) ^ SIGN
        }
      }
    },
    meanOf: () => NaN,
    first: (i) => first.placed(i).map((placed) => ({ ...placed, value: NaN })),
    last: () => [],
    dispose: () => undefined,
  }
}

const salt = (...what: readonly (string | number)[]) =>
  createHash('sha256')
    .update(JSON.stringify(['uniform', ...what]))
    .digest()
    .readInt32LE(0)

/** A bijection of 32 bits that leaves no pattern (the finaliser of MurmurHash3). */
function mix(x: number): number {
  let h = x
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
