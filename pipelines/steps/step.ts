import * as v from 'valibot'
import { BlindspotError } from '../../operators/errors.js'
import { requireArray } from '../../operators/options/requireKinds.js'
import { shown } from '../../operators/records/expected.js'
import { identity } from '../../operators/records/identity.js'
import type { Lake, Latest } from '../../sinks/lake/lake.js'
import { requireLake } from '../../sinks/lake/requireLake.js'
import { checkEffort } from './effort.js'
import { Models } from './models.js'
import { Outputs } from './outputs.js'
import {
  identityBy,
  identityOf,
  type Effort,
  type Performed,
  type PlannedStep,
  type Standing,
  type Step,
  type StepKind,
  type Work,
} from './stepKind.js'
import { valid } from './valid.js'

/** All kinds, each loaded with all that performs it when a step of it is there; another one is a file and a line. */
const KINDS = {
  train: async () => (await import('./train.js')).trainKind,
  attack: async () => (await import('./attack.js')).attackKind,
  searchPath: async () => (await import('./searchPath.js')).searchPathKind,
  score: async () => (await import('./score.js')).scoreKind,
  rank: async () => (await import('./rank.js')).rankKind,
} as const

/**
 * Performs a step into a data set: takes its lock, looks what is committed, goes on after it, commits part by part, and notes
 * where the rows come from. What is there already is not made again.
 *
 * Interrupted by the signal it keeps the rows that are whole, where the kind can go on after them; any other error leaves
 * what was committed before.
 *
 * @param models default: the step's own, freed with its end; of several steps the same load each model once
 * @throws BlindspotError `bad-option` for a step of no known kind, or a spec that is not its kind's; `bad-data` where a
 * committed file is no longer what was committed; `io` where another process is at the same step; and those of its operators
 * @example
 * const lake = await openLake('mine')
 * const step = attackStep({ model: { path: resolve('my-model') }, images: { source: 'mnist:test' } })
 * const { run, files } = await perform(lake, step, { limit: 16 })
 */
export async function perform(
  lake: Lake,
  step: Step,
  effort: Effort = {},
  models?: Models,
): Promise<Performed> {
  requireLake('perform', lake)
  const { kind, spec } = await known(step)
  checkEffort('effort', effort)
  const own = models ?? new Models(lake.folder, effort.backend)
  try {
    effort.signal?.throwIfAborted()
    const place = { folder: lake.folder, models: own }
    const what = await kind.dependsOn(spec, place)
    const run = identityBy(kind, what)
    const id = partIdentity(kind, spec, run)
    const others = (await kind.alone?.(spec, place)) ?? []
    return await exclusively(lake, [id, ...others.map((text) => identity({ alone: text }))], async () => {
      await lake.verify(await lake.files({ step: id }))
      const made = { ...effort.notes, [kind.kind]: { version: kind.version, ...what } }
      const outputs = new Outputs(lake, { id, run }, made, effort.notes, effort.writing)
      const work: Work = {
        ...standingOf({ folder: lake.folder, ...(await lake.latest()) }, { id, run }, effort, own),
        name: step.name,
        useBackend: async () => {
          const backend = await own.useBackend()
          effort.onBackend?.(backend)
          return backend
        },
        whole: (table, options) => outputs.whole(table, options),
        parts: (table, options) => outputs.parts(table, options),
      }
      try {
        await kind.write(spec, work)
        await outputs.close()
      } catch (error) {
        await (effort.signal?.aborted ? outputs.interrupt() : outputs.abort())
        throw error
      }
      return { id, run, files: await lake.files({ step: id }) }
    })
  } finally {
    if (!models) await own.dispose()
  }
}

/** What a step is called and whether it is done, as far as that can be known: an attack's run is of a model. */
export interface StepState {
  /** As in `Performed`. */
  readonly id: string
  readonly run: string
  readonly done: boolean
}

/**
 * How a step stands in a data set: by what is committed, whose files are not read.
 *
 * @throws as `perform`, where the spec names what cannot be used
 */
export async function stepState(
  lake: Pick<Lake, 'folder' | 'latest'>,
  step: Step,
  effort: Effort = {},
  given?: Models,
): Promise<StepState> {
  requireLake('stepState', lake, 'latest')
  checkEffort('effort', effort)
  const models = given ?? new Models(lake.folder)
  const { kind, spec } = await known(step)
  const place = { folder: lake.folder, models }
  const run = await identityOf(kind, spec, place)
  const id = partIdentity(kind, spec, run)
  const there = { folder: lake.folder, ...(await lake.latest()) }
  const done = await kind.isDone(spec, standingOf(there, { id, run }, effort, models))
  return { id, run, done }
}

/** The identity of a step that makes a part of a run, or all of it. */
export function partIdentity(kind: StepKind<unknown>, spec: unknown, run: string): string {
  const part = kind.part?.(spec)
  return part === undefined ? run : identity({ run, part })
}

const standingOf = (
  there: Latest & Pick<Lake, 'folder'>,
  { id, run }: Pick<Standing, 'id' | 'run'>,
  effort: Effort,
  models: Models,
): Standing => ({
  ...{ id, run, effort, folder: there.folder, models },
  committed: (table) => there.files({ step: id, table }),
  files: (query) => there.files(query),
})

/** Runs work while nobody else is at any of some things in a data set. */
const exclusively = <T>(lake: Lake, names: readonly string[], work: () => Promise<T>): Promise<T> =>
  names.reduceRight<() => Promise<T>>((inner, name) => () => lake.exclusively(name, inner), work)()

/**
 * Performs steps one after the other, in the order that they have; each model is loaded once.
 *
 * @throws BlindspotError `bad-option` where a step comes before one that it needs; as `perform`
 *
 * @param models default: those of these steps, freed with their end
 */
export async function performAll(
  lake: Lake,
  steps: readonly PlannedStep[],
  effort: Effort = {},
  models?: Models,
): Promise<readonly Performed[]> {
  requireArray('performAll: steps', steps, '{ step, effort }')
  requireLake('performAll', lake)
  checkEffort('effort', effort)
  const own = models ?? new Models(lake.folder, effort.backend)
  const performed: Performed[] = []
  requireOrder(steps)
  try {
    for (const { step, effort: much } of steps)
      performed.push(await perform(lake, step, { ...effort, ...much }, own))
    return performed
  } finally {
    if (!models) await own.dispose()
  }
}

/**
 * The `run` of a step's rows in a data set, there or to be: the step's identity, of a shard that of the whole. Nothing is written.
 *
 * @param where the data set, or its folder
 * @throws as `perform`, where the spec names what cannot be used
 */
export async function stepIdentity(
  where: string | Pick<Lake, 'folder'>,
  step: Step,
  models?: Models,
): Promise<string> {
  const folder = typeof where === 'string' ? where : where.folder
  const { kind, spec } = await known(step)
  const own = models ?? new Models(folder)
  try {
    return await identityOf(kind, spec, { folder, models: own })
  } finally {
    if (!models) await own.dispose()
  }
}

/** Checks that no step of a list comes before one that it needs; what the list has not may be there already. */
function requireOrder(steps: readonly PlannedStep[]): void {
  const names = steps.map(({ step }) => step.name)
  for (const [at, { step }] of steps.entries()) {
    const late = step.needs.find((name) => names.includes(name) && !names.slice(0, at).includes(name))
    if (late !== undefined)
      throw new BlindspotError(
        'bad-option',
        `step ${step.name}: expected ${late}, which it needs, before it, got it after; change their order`,
      )
  }
}

/** A step's kind, and its spec as that has it. */
export async function known(
  step: Step,
): Promise<{ readonly kind: StepKind<unknown>; readonly spec: unknown }> {
  const { name, kind: asked, spec } = valid(envelope, step, 'step')
  if (!Object.hasOwn(KINDS, asked))
    throw new BlindspotError(
      'bad-option',
      `step ${name}: kind: expected one of ${Object.keys(KINDS).join(', ')}, got ${shown(asked)}`,
    )
  const kind = (await KINDS[asked as keyof typeof KINDS]()) as StepKind<unknown>
  return { kind, spec: valid(kind.schema, spec, `step ${name}: spec`) }
}

/** A step as JSON has it. */
const envelope = v.object({
  kind: v.string(),
  name: v.string(),
  spec: v.unknown(),
  needs: v.pipe(v.array(v.string()), v.readonly()),
})
