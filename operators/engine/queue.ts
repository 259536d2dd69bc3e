import type { AdversarialRows } from './adversarialRows.js'

/** The searches of one thread, evaluated together in rounds; what a search is, is its method's. */
export interface Queue {
  /** Searches evaluated together. */
  readonly slots: number
  /** Searches that have no slot yet. */
  readonly backlog: number
  readonly busy: boolean
  readonly stats: AttackStats
  /** Settles the rows that need no search and queues the searches of the others. */
  open(rows: AdversarialRows): void
  /** One batched pass through the network for all active searches. */
  round(): void
}

/** What a queue, or several together, have done so far. */
export interface AttackStats {
  /** Batched passes through the network. */
  readonly rounds: number
  /** Forward-backward passes, one for each point. */
  readonly evaluations: number
  /** Evaluations that the rounds had room for: evaluations / slots is the occupancy. */
  readonly slots: number
  readonly seconds: {
    /** Seconds in the classifier: forward and backward passes, up- and download. */
    readonly network: number
    /** Seconds in the searches: L-BFGS, line searches, c. */
    readonly search: number
  }
}

/** Values of the images that a queue evaluates together at most: hundreds on MNIST, 3 on 227 × 227 × 3 pixels, which fill a pass. */
export const MOST_VALUES = 2 ** 19
