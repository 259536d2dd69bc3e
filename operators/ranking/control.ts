import { createHash } from 'node:crypto'
import { Extremes, type Origins } from './extremes.js'
import { wholeLanes, type RankMemory } from './kernel.js'
import type { Ranking } from './ranking.js'

/**
 * The control: for each of `count` directions that mean nothing a uniform sample of the stream without replacement, those
 * images whose hash of (seed, direction, sample id) is largest.
 */
export function uniformRanking(
  count: number,
  top: number,
  seed: number,
  origins: Origins,
  memory: RankMemory,
): Ranking {
  const first = new Extremes(count, top, 1, origins)
  const n = wholeLanes(count)
  const [saltsAt, boundsAt, drawnAt] = [n, n, n].map((values) => memory.allocate(values * 4))
  const salts = Int32Array.from({ length: count }, (_, i) => salt(seed, 'direction', i))
  memory.integers.set(salts, saltsAt / 4)
  // bounds are the upper bits of the thresholds, unsigned; of what only fills the lanes the most there is
  memory.integers.fill(-1, boundsAt / 4 + count, boundsAt / 4 + n)
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
        // of 53 bits the upper 32 tell nearly all that will not be among the first
        const likely = memory.kernel.drawn(sample, saltsAt, boundsAt, n, drawnAt)
        for (let at = 0; at < likely; at++) {
          const i = memory.integers[drawnAt / 4 + at]
          if (i >= count) break
          const a = mix(sample ^ salts[i])
          const value = (a >>> 0) * 2 ** 21 + (mix(a + salts[i]) >>> 11)
          first.offer(i, value, index[row], label[row], origin)
          if (thresholds[i] >= 0) memory.integers[boundsAt / 4 + i] = Math.floor(thresholds[i] / 2 ** 21)
        }
      }
    },
    meanOf: () => NaN,
    first: (i) => first.placed(i).map((placed) => ({ ...placed, value: NaN, key: NaN })),
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
