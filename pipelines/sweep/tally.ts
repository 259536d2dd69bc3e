import { costOf, type Measured } from './cost.js'
import type { Node, State } from './graph.js'

/** How a plan stands. */
export interface PlanStanding {
  /** Steps in all, and how many of them are done, under way here or elsewhere, failed, or kept back by one that has. */
  readonly steps: number
  readonly done: number
  readonly running: number
  readonly failed: number
  readonly blocked: number
  /** Seconds that what is left takes one worker, by the steps that were measured; undefined where a kind of them was not. */
  readonly secondsLeft: number | undefined
}

const LEFT: readonly State[] = ['waiting', 'ready', 'running', 'elsewhere']

/** Counts the states of some steps as they change. */
export class Tally {
  readonly #counts = new Map<State, number>()
  /** What is left of each kind of steps, in its units. */
  readonly #left = new Map<string, number>()
  readonly #steps: ReadonlySet<Node>

  constructor(
    steps: ReadonlySet<Node>,
    readonly measured: Measured,
  ) {
    this.#steps = steps
    for (const node of steps) this.#count(node, node.state, 1)
  }

  /** Changes a step's state. */
  move(node: Node, state: State): void {
    if (this.#steps.has(node)) {
      this.#count(node, node.state, -1)
      this.#count(node, state, 1)
    }
    node.state = state
  }

  standing(): PlanStanding {
    const of = (...states: State[]) => states.reduce((sum, state) => sum + (this.#counts.get(state) ?? 0), 0)
    let secondsLeft: number | undefined = 0
    for (const [kind, cost] of this.#left)
      if (cost > 0 && secondsLeft !== undefined) {
        const rate = this.measured.rateOf(kind)
        secondsLeft = rate === undefined ? undefined : secondsLeft + rate * cost
      }
    return {
      steps: this.#steps.size,
      done: of('done'),
      running: of('running', 'elsewhere'),
      failed: of('failed'),
      blocked: of('blocked'),
      secondsLeft,
    }
  }

  #count(node: Node, state: State, by: 1 | -1): void {
    this.#counts.set(state, (this.#counts.get(state) ?? 0) + by)
    if (!LEFT.includes(state)) return
    const { kind } = node.planned.step
    this.#left.set(kind, (this.#left.get(kind) ?? 0) + by * costOf(node.planned))
  }
}
