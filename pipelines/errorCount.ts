import type { ScoreBatch } from '../operators/records/score.js'
import type { Tally } from './tables/statistics.js'

/** Errors of one victim: over all rows, and over those of images that it gets right when clean. */
export interface Cell {
  readonly all: Tally
  readonly right: Tally
}

const nothing: Tally = { rows: 0, images: 0, count: 0 }
export const NO_ROWS: Cell = { all: nothing, right: nothing }

/** Counts the rows of one victim, and the images that they are of. */
export class ErrorCount {
  private readonly all = new TallyCount()
  private readonly right = new TallyCount()

  add({ dataset, split, index, error, cleanError }: ScoreBatch, row: number): void {
    const within = `${dataset} ${split}`
    this.all.add(within, index[row], error[row])
    if (cleanError[row] === 0) this.right.add(within, index[row], error[row])
  }

  get rows(): number {
    return this.all.rows
  }

  get cell(): Cell {
    return { all: this.all.tally, right: this.right.tally }
  }
}

class TallyCount {
  private readonly images = new Map<string, Set<number>>()
  rows = 0
  private count = 0

  add(split: string, index: number, wrong: number): void {
    const seen = this.images.get(split)
    if (seen) seen.add(index)
    else this.images.set(split, new Set([index]))
    this.rows++
    this.count += wrong
  }

  get tally(): Tally {
    const images = [...this.images.values()].reduce((sum, { size }) => sum + size, 0)
    return { rows: this.rows, images, count: this.count }
  }
}
