import { BlindspotError } from '../../operators/errors.js'
import { shown } from '../../operators/records/expected.js'
import type { Node } from './graph.js'

/** Which part of a plan a process takes, of a number of processes that share nothing but the data set. */
export interface Shard {
  /** From 0. */
  readonly index: number
  readonly count: number
}

/**
 * A shard as a command line has it, `I/N` with I from 0 to N − 1; without one, what a cluster says: a Slurm array's
 * SLURM_ARRAY_TASK_ID and _COUNT, or a Kubernetes indexed job's JOB_COMPLETION_INDEX, and JOB_COMPLETIONS, which its manifest sets.
 *
 * @throws BlindspotError `bad-option`
 */
export function parseShard(
  text: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): Shard | undefined {
  if (text !== undefined) {
    const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number)
    return checked(index, count, `--shard: expected I/N with I from 0 to N − 1, such as 0/4, got ${text}`)
  }
  const {
    SLURM_ARRAY_TASK_ID: task,
    SLURM_ARRAY_TASK_COUNT: tasks,
    SLURM_ARRAY_TASK_MIN: first = '0',
  } = environment
  const {
    SLURM_ARRAY_TASK_STEP: step = '1',
    JOB_COMPLETION_INDEX: completion,
    JOB_COMPLETIONS: completions,
  } = environment
  if (task !== undefined && tasks !== undefined)
    return checked(
      (Number(task) - Number(first)) / Number(step),
      Number(tasks),
      `expected SLURM_ARRAY_TASK_ID within an array of SLURM_ARRAY_TASK_COUNT, got ${task} of ${tasks} from ${first}; give --shard I/N`,
    )
  if (completion === undefined) return undefined
  return checked(
    Number(completion),
    Number(completions ?? NaN),
    `expected JOB_COMPLETIONS beside JOB_COMPLETION_INDEX ${completion}, the job's completions, got ${completions ?? 'none'}; set it in the manifest, or give --shard I/N`,
  )
}

function checked(index: number, count: number, message: string): Shard {
  if (isOne(index, count)) return { index, count }
  throw new BlindspotError('bad-option', message)
}

/**
 * Checks a shard as a program has it.
 *
 * @param what what it is, such as `sweep: shard`
 * @throws BlindspotError `bad-option`
 */
export function requireShard(what: string, shard: unknown): void {
  const { index, count } = Object(shard) as { readonly index?: unknown; readonly count?: unknown }
  if (isOne(index, count)) return
  throw new BlindspotError(
    'bad-option',
    `${what}: expected { index, count } with a whole index from 0 to count − 1, got ${shown(shard)}`,
  )
}

const isOne = (index: unknown, count: unknown) =>
  Number.isSafeInteger(index) &&
  Number.isSafeInteger(count) &&
  Number(index) >= 0 &&
  Number(index) < Number(count)

/**
 * The steps of a shard: every N-th of those that need nothing, with all that need it first. What these need of other shards is theirs
 * to make; only what nobody is at is made here, too.
 */
export function nodesOf(nodes: readonly Node[], { index, count }: Shard): ReadonlySet<Node> {
  const shards = new Map<Node, number>()
  let roots = 0
  for (const node of nodes) {
    const [first] = node.needs as readonly [Node?]
    shards.set(node, first === undefined ? roots++ % count : (shards.get(first) ?? 0))
  }
  return new Set(nodes.filter((node) => shards.get(node) === index))
}

/** Some steps and all that they need. */
export function withNeeds(some: ReadonlySet<Node>): ReadonlySet<Node> {
  const all = new Set(some)
  for (const node of all) for (const need of node.needs) all.add(need)
  return all
}
