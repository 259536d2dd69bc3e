import type { Lake, Latest } from '../../sinks/lake/lake.js'
import { failuresIn, type StepFailure } from '../steps/failures.js'
import type { Models } from '../steps/models.js'
import { stepState } from '../steps/step.js'
import type { PlannedStep } from '../steps/stepKind.js'
import { doWithout, graphOf, isOpen, type Node } from './graph.js'
import type { Errored } from './planOptions.js'

/** A plan as it stands in a data set. */
export interface Survey {
  readonly nodes: readonly Node[]
  /** The failures that the data set notes, by the steps' identities. */
  readonly failures: ReadonlyMap<string, Omit<StepFailure, 'log'>>
  /** What was committed. */
  readonly latest: Latest
}

/** Looks how far a plan has come in a data set: what is committed is done; what has failed and is not done is `failed`. */
export async function survey(
  lake: Pick<Lake, 'folder' | 'latest'>,
  steps: readonly PlannedStep[],
  models: Models,
  errored: Errored = 'skip',
): Promise<Survey> {
  const nodes = graphOf(steps)
  // one look for all: of many steps each would take long over a network
  const latest = await lake.latest()
  const now = { folder: lake.folder, latest: () => Promise.resolve(latest) }
  const failures = failuresIn(latest)
  for (const node of nodes) {
    const lost = node.needs.filter(({ state }) => state === 'failed' || state === 'blocked')
    if (!lost.every((need) => doWithout(node, need))) node.state = 'blocked'
    if (!isOpen(node) || node.state === 'blocked') continue
    node.state = await look(now, node, models)
    if (node.state === 'ready' && errored === 'skip' && failures.has(node.id)) node.state = 'failed'
  }
  return { nodes, failures, latest }
}

/** Looks whether a step is done of which all that it needs is. */
export async function look(
  lake: Pick<Lake, 'folder' | 'latest'>,
  node: Node,
  models: Models,
): Promise<'done' | 'ready'> {
  const { step, effort } = node.planned
  const { id, run, done } = await stepState(lake, step, effort, models)
  node.id = id
  node.run = run
  return done ? 'done' : 'ready'
}
