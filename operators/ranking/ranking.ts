import type { ActivationBatch } from '../records/activation.js'
import { Extremes, type Origins, type Placed } from './extremes.js'

/** The first and last images along some directions, as a stream of activations goes by. */
export interface Ranking {
  readonly basis: string
  /** Whether images are ordered by the values of units before the activation function. Default false. */
  readonly ordered?: boolean
  readonly directions: number
  /**
   * Takes in a batch; `origin` is the number of its data set and split.
   *
   * @param lengths [n] of the rows
   */
  add(batch: ActivationBatch, origin: number, lengths: Float64Array): void
  /** ⟨μ, v⟩ of a direction v and the mean activation μ. */
  meanOf(direction: number, mean: Float64Array): number
  first(direction: number): readonly Placed[]
  /** The last images along a direction, the last one first. */
  last(direction: number): readonly Placed[]
  dispose(): void
}

/**
 * The ranking along single units: the values are there already, ordered by those before the activation function where
 * batches have them.
 */
export function unitRanking(
  units: number,
  count: number,
  top: number,
  origins: Origins,
  ordered: boolean,
): Ranking {
  const first = new Extremes(count, top, 1, origins, { apart: ordered })
  const last = new Extremes(count, top, -1, origins, { apart: ordered })
  return {
    basis: 'unit',
    ordered,
    directions: count,
    add({ index, label, values, pre = values }, origin) {
      const high = first.thresholds
      const low = last.thresholds
      for (let row = 0; row < index.length; row++) {
        for (let unit = 0; unit < count; unit++) {
          const by = pre[row * units + unit]
          if (by >= high[unit])
            first.offer(unit, by, index[row], label[row], origin, values[row * units + unit])
        }
      }
      // the other way round: of many equal values, such as a ReLU's 0, the last ones are kept, which come first so
      for (let row = index.length - 1; row >= 0; row--) {
        for (let unit = 0; unit < count; unit++) {
          const by = pre[row * units + unit]
          if (-by >= low[unit])
            last.offer(unit, by, index[row], label[row], origin, values[row * units + unit])
        }
      }
    },
    meanOf: (unit, mean) => mean[unit],
    first: (unit) => first.placed(unit),
    last: (unit) => last.placed(unit),
    dispose: () => undefined,
  }
}
