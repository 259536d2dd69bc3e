import { graphOf, isOpen, type Node } from '../pipelines/sweep/graph.js'
import type { PlannedStep } from '../pipelines/steps/stepKind.js'

/** What a plan takes a number of workers, were each step to take as long as it was measured to. */
export interface Simulated {
  readonly workers: number
  readonly seconds: number
  /** Share of the workers' time in which they have a step. */
  readonly busy: number
}

/**
 * Plays a plan through with a clock of its own: a step is put into the queue when all that it needs is done, a free worker takes the
 * one that has been there longest, and begins it `delay` seconds later.
 */
export function simulate(
  steps: readonly PlannedStep[],
  secondsOf: (step: PlannedStep) => number,
  workers: number,
  delay: number,
): Simulated {
  const queue = graphOf(steps).filter(isOpen)
  const running: { readonly node: Node; readonly end: number }[] = []
  let [clock, work, next] = [0, 0, 0]
  for (;;) {
    while (running.length < workers && next < queue.length) {
      const node = queue[next++]
      const seconds = secondsOf(node.planned)
      work += seconds
      running.push({ node, end: clock + delay + seconds })
    }
    if (running.length === 0) break
    const first = running.reduce((least, one, i) => (one.end < running[least].end ? i : least), 0)
    const [{ node, end }] = running.splice(first, 1)
    clock = end
    node.state = 'done'
    for (const one of node.dependents)
      if (one.state === 'waiting' && isOpen(one)) {
        one.state = 'ready'
        queue.push(one)
      }
  }
  return { workers, seconds: clock, busy: work / (clock * workers) }
}
