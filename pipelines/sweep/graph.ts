import { BlindspotError } from '../../operators/errors.js'
import type { PlannedStep } from '../steps/stepKind.js'

/**
 * How a step of a plan stands. `waiting` for what it needs; `elsewhere` somebody else is at it; `blocked` something that it needs
 * has failed.
 */
export type State = 'waiting' | 'ready' | 'running' | 'elsewhere' | 'done' | 'failed' | 'blocked'

/** A step of a plan among those that it needs and that need it. */
export interface Node {
  planned: PlannedStep
  needs: readonly Node[]
  readonly dependents: Node[]
  state: State
  /** The step's identity and its rows' run, as soon as it has been looked at. */
  id: string
  run: string
}

/**
 * The steps of a plan with what they need; what the plan does not have is there already.
 *
 * @throws BlindspotError `bad-option` for two steps of one name, and for one before another that it needs
 */
export function graphOf(steps: readonly PlannedStep[]): readonly Node[] {
  const names = new Set(steps.map(({ step }) => step.name))
  const nodes = new Map<string, Node>()
  for (const planned of steps) {
    const { name, needs } = planned.step
    if (nodes.has(name)) throw wrong(name, 'a name of its own', 'that of another step')
    const found: Node[] = []
    for (const need of needs) {
      const node = nodes.get(need)
      if (node) found.push(node)
      else if (names.has(need)) throw wrong(name, `${need}, which it needs, before it`, 'it after')
    }
    const node: Node = { planned, needs: found, dependents: [], state: 'waiting', id: '', run: '' }
    for (const need of found) need.dependents.push(node)
    nodes.set(name, node)
  }
  return [...nodes.values()]
}

const wrong = (name: string, expected: string, got: string) =>
  new BlindspotError('bad-option', `step ${name}: expected ${expected}, got ${got}`)

/** Whether all that a step needs is done. */
export const isOpen = ({ needs }: Node): boolean => needs.every(({ state }) => state === 'done')

/** Has a step go on without one that it needs and that has failed; says whether it can. */
export function doWithout(node: Node, failed: Node): boolean {
  const rest = node.planned.without?.(failed.planned.step.name)
  if (!rest) return false
  node.planned = rest
  node.needs = node.needs.filter((need) => need !== failed)
  return true
}
