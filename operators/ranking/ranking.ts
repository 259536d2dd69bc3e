import type { ActivationBatch } from '../records/activation.js'
import { Extremes, type Origins, type Placed } from './extremes.js'

/** The first and last images along some directions, as a stream of activations goes by. */
export interface Ranking {
  readonly basis: string
  readonly directions: number
  /** @param lengths [n] of the rows */
  add(batch: ActivationBatch, origin: number, lengths: Float64Array): void
  /** ⟨μ, v⟩ of a direction. */
  meanOf(direction: number, mean: Float64Array): number
  first(direction: number): readonly Placed[]
  /** The last one first. */
  last(direction: number): readonly Placed[]
  dispose(): void
}

/** Along single units: the values are there already. */
export function unitRanking(units: number, count: number, top: number, origins: Origins): Ranking {
  const first = new Extremes(count, top, 1, origins)
  const last = new Extremes(count, top, -1, origins)
  return {
    basis: 'unit',
    directions: count,
    add({ index, label, values }, origin) {
      const high = first.thresholds
      const low = last.thresholds
      for (let row = 0; row < index.length; row++) {
        for (let unit = 0; unit < count; unit++) {
          const value = values[row * units + unit]
          if (value >= high[unit]) first.offer(unit, value, index[row], label[row], origin)
        }
      }
      // the other way round: of many equal values, such as a ReLU's 0, the last ones are kept, which come first so
      for (let row = index.length - 1; row >= 0; row--) {
        for (let unit = 0; unit < count; unit++) {
          const value = values[row * units + unit]
          if (-value >= low[unit]) last.offer(unit, value, index[row], label[row], origin)
        }
      }
    },
    meanOf: (unit, mean) => mean[unit],
    first: (unit) => first.placed(unit),
    last: (unit) => last.placed(unit),
    dispose: () => undefined,
  }
}
