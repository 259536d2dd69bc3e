import type { Lake } from '../../sinks/lake/lake.js'
import { openLake } from '../../sinks/lake/openLake.js'
import { absolute, within } from '../../sources/place.js'
import { disk } from '../../sources/store.js'
import { Models } from '../steps/models.js'
import { measuredIn } from './cost.js'
import type { Node, State } from './graph.js'
import { nameOf } from './spec/savedSweeps.js'
import { stepsOf } from './spec/sweepSteps.js'
import type { CheckedSweep } from './spec/sweepSpec.js'
import { survey } from './survey.js'
import { Tally, type PlanStanding } from './tally.js'

/** A step of a sweep as it stands. */
export interface StepStanding {
  readonly name: string
  readonly kind: string
  readonly state: State
  /** The step's identity; undefined before what it needs is there. */
  readonly id: string | undefined
  /** Who is at it, of a step that is `elsewhere`. */
  readonly owner: string | undefined
  /** Why it failed, and how often it had been tried, of one that has. */
  readonly failure: { readonly message: string; readonly attempt: number } | undefined
  /** Seconds that it took, or is to be expected to take by the steps of its kind that were measured. */
  readonly seconds: number | undefined
}

/** How a sweep stands in a data set. */
export interface SweepStanding extends PlanStanding {
  readonly name: string
  readonly folder: string
  readonly all: readonly StepStanding[]
}

/** A data set as it is, or as it will be where there is none. */
async function lakeOf(folder: string | undefined): Promise<Pick<Lake, 'folder' | 'latest' | 'ownerOf'>> {
  const root = absolute(folder ?? '.')
  if (folder !== undefined && (await disk.stat(within(root, 'manifest.json'))) !== undefined)
    return openLake(root, { readOnly: true })
  return {
    folder: root,
    latest: () => Promise.resolve({ files: () => [] }),
    ownerOf: () => Promise.resolve(undefined),
  }
}

/**
 * How a sweep stands: each of its steps, by what is committed; nothing is written.
 *
 * @param folder of the data set, which need not be there. Default: nothing is done yet
 */
export async function sweepStanding(spec: CheckedSweep, folder?: string): Promise<SweepStanding> {
  const lake = await lakeOf(folder)
  const models = new Models(lake.folder)
  const { nodes, failures, latest } = await survey(lake, stepsOf(spec), models)
  const { measured, took } = measuredIn(latest, nodes)
  const owners = new Map<Node, string | undefined>()
  for (const node of nodes) if (node.state === 'ready') owners.set(node, await lake.ownerOf(node.id))
  for (const node of nodes) if (owners.get(node) !== undefined) node.state = 'elsewhere'
  return {
    ...new Tally(new Set(nodes), measured).standing(),
    ...{ name: nameOf(spec), folder: lake.folder },
    all: nodes.map((node) => {
      const { id, state, planned } = node
      const failure = failures.get(id)
      return {
        ...{
          name: planned.step.name,
          kind: planned.step.kind,
          state,
          id: id || undefined,
          owner: owners.get(node),
        },
        failure:
          state === 'failed' && failure ? { message: failure.message, attempt: failure.attempt } : undefined,
        seconds: took.get(id) ?? measured.secondsFor(planned),
      }
    }),
  }
}
