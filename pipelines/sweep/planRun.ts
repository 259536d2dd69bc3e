import { setTimeout as sleep } from 'node:timers/promises'
import { BlindspotError } from '../../operators/errors.js'
import { shown } from '../../operators/records/expected.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { noteFailure } from '../steps/failures.js'
import type { Models } from '../steps/models.js'
import { measuredIn, type Measured } from './cost.js'
import type { Executor, Failure, Outcome } from './executor.js'
import { doWithout, isOpen, type Node } from './graph.js'
import type { PlanOptions, PlanResult } from './planOptions.js'
import { nodesOf, withNeeds } from './shard.js'
import { look, type Survey } from './survey.js'
import { Tally } from './tally.js'

/** Milliseconds after which a step is looked at again that somebody else is at: at first, and at most. */
const AGAIN = { first: 300, most: 5000 } as const

/** One run of a plan. */
export class PlanRun {
  readonly #nodes: readonly Node[]
  /** The steps that this run is to do, and those that it does where nobody else does: what its own need. */
  readonly #own: ReadonlySet<Node>
  readonly #wanted: ReadonlySet<Node>
  readonly #measured: Measured
  readonly #tally: Tally
  /** Steps that can be begun, its own in the plan's order. */
  readonly #ready = { own: [] as Node[], next: 0, others: [] as Node[] }
  readonly #failures = new Map<Node, { attempt: number; tries: number; message: string }>()
  #running = 0
  #elsewhere = 0
  #made = 0
  readonly #stop = new AbortController()
  #thrown: { readonly error: unknown } | undefined
  #wake: () => void = () => undefined

  constructor(
    readonly lake: Lake,
    { nodes, failures, latest }: Survey,
    readonly executor: Executor,
    readonly models: Models,
    readonly options: PlanOptions,
  ) {
    this.#nodes = nodes
    this.#own = options.shard ? nodesOf(nodes, options.shard) : new Set(nodes)
    this.#wanted = options.shard ? withNeeds(this.#own) : this.#own
    for (const node of nodes) {
      const failure = failures.get(node.id)
      if (failure) this.#failures.set(node, { ...failure, tries: 0 })
      if (node.state === 'ready') this.#queue(node)
    }
    this.#measured = measuredIn(latest, nodes).measured
    this.#tally = new Tally(this.#own, this.#measured)
  }

  /** Performs what can be done, to the end. */
  async ended(): Promise<PlanResult> {
    const { signal } = this.options
    const stop = () => this.#stop.abort()
    signal?.addEventListener('abort', stop)
    if (signal?.aborted) stop()
    for (;;) {
      const changed = new Promise<void>((resolve) => (this.#wake = resolve))
      this.#begin()
      this.#tell()
      if (this.#running === 0 && this.#elsewhere === 0) break
      await changed
    }
    signal?.removeEventListener('abort', stop)
    if (this.#thrown) throw this.#thrown.error
    signal?.throwIfAborted()
    const done = this.#nodes.filter(({ state }) => state === 'done')
    return {
      ...this.#tally.standing(),
      made: this.#made,
      runs: [...new Set(done.map(({ run }) => run))],
      failures: this.#nodes
        .filter(({ state }) => state === 'failed')
        .map((node) => ({ name: node.planned.step.name, message: this.#failures.get(node)?.message ?? '' })),
    }
  }

  /** Begins what can be: its own steps first; of those of others that which they come to last. */
  #begin(): void {
    const { own, others } = this.#ready
    while (!this.#stop.signal.aborted && this.#running < this.executor.slots) {
      const node = this.#ready.next < own.length ? own[this.#ready.next++] : others.pop()
      if (!node) return
      this.#running++
      void this.#while('running', () => this.#perform(node))
    }
  }

  /** Does something while it is counted, and looks then what can be begun. */
  async #while(of: 'running' | 'elsewhere', work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#thrown ??= { error }
      this.#stop.abort()
    }
    if (of === 'running') this.#running--
    else this.#elsewhere--
    this.#wake()
  }

  async #perform(node: Node): Promise<void> {
    const { step, effort } = node.planned
    const { signal } = this.#stop
    const { onProgress } = this.options
    let began = performance.now()
    const onBegin = () => {
      began = performance.now()
      this.#tally.move(node, 'running')
      this.#tell()
    }
    // somebody else may have done it since it was looked at
    if ((await look(this.lake, node, this.models)) === 'done') return this.#done(node)
    const task = { id: node.id, step, effort: { ...this.options.effort, ...effort } }
    const outcome = checkedOutcome(
      step.name,
      await this.executor.perform(task, { signal, onProgress, onBegin }),
    )
    switch (outcome.kind) {
      case 'done':
        await this.#requireRows(node)
        this.#made++
        this.#measured.add(node.planned, (performance.now() - began) / 1000)
        return this.#done(node)
      case 'busy':
        this.#elsewhere++
        this.#tally.move(node, 'elsewhere')
        void this.#while('elsewhere', () => this.#lookAgain(node))
        return
      case 'interrupted':
        // not at this plan's request
        if (!signal.aborted)
          throw new BlindspotError(
            'bad-option',
            `${step.name}: the executor was closed while the plan ran; what is committed stays, and the same call with another one goes on`,
          )
        this.#tally.move(node, 'ready')
        return
      case 'failed':
        return this.#failed(node, outcome)
    }
  }

  /** Checks that the data set has what an executor says is done: it alone says so. */
  async #requireRows(node: Node): Promise<void> {
    if ((await look(this.lake, node, this.models)) === 'done') return
    if ((await this.lake.files({ step: node.id })).length > 0) return
    throw new BlindspotError(
      'bad-data',
      `${node.planned.step.name}: expected its rows in ${this.lake.folder}, as who performed it says, got none; ` +
        'see that the workers have this data set, not another one, at the folder that they were given',
    )
  }

  /** Looks now and then whether somebody else has done a step, and takes what they have left. */
  async #lookAgain(node: Node): Promise<void> {
    const { signal } = this.#stop
    for (let wait: number = AGAIN.first; !signal.aborted; wait = Math.min(AGAIN.most, wait * 2)) {
      await sleep(wait, undefined, { signal }).catch(() => undefined)
      if ((await look(this.lake, node, this.models)) === 'done') return this.#done(node)
      if ((await this.lake.ownerOf(node.id)) === undefined) {
        this.#queue(node)
        return
      }
    }
  }

  /** Looks at what a step that is done has kept waiting. */
  async #done(node: Node): Promise<void> {
    this.#tally.move(node, 'done')
    for (const one of node.dependents) await this.#open(one)
  }

  /** Looks at a step that waits, where all that it needs is done. */
  async #open(node: Node): Promise<void> {
    if (node.state !== 'waiting' || !this.#wanted.has(node) || !isOpen(node)) return
    // nobody else is to begin it meanwhile
    this.#tally.move(node, 'ready')
    if ((await look(this.lake, node, this.models)) === 'done') await this.#done(node)
    else this.#queue(node)
  }

  async #failed(node: Node, { message, log, general }: Failure): Promise<void> {
    const { id, planned } = node
    const { name } = planned.step
    if (general)
      throw new BlindspotError(
        'io',
        `${name}: ${message}; what is committed stays, and the same call goes on when that is mended`,
      )
    const before = this.#failures.get(node) ?? { attempt: 0, tries: 0 }
    const [attempt, tries] = [before.attempt + 1, before.tries + 1]
    this.#failures.set(node, { attempt, tries, message })
    await noteFailure(this.lake, { id, name, attempt, message, log })
    const { maxFailures = 0 } = this.options
    if (maxFailures === -1 || tries <= maxFailures) {
      this.#queue(node)
      return
    }
    this.#tally.move(node, 'failed')
    await this.#lose(node)
  }

  /** Keeps back what needs a step that has failed, or lets it go on without. */
  async #lose(node: Node): Promise<void> {
    for (const one of node.dependents) {
      if (one.state !== 'waiting') continue
      this.#tally.move(one, 'blocked')
      if (!doWithout(one, node)) await this.#lose(one)
      else {
        this.#tally.move(one, 'waiting')
        await this.#open(one)
      }
    }
  }

  #queue(node: Node): void {
    if (node.state !== 'ready') this.#tally.move(node, 'ready')
    if (this.#own.has(node)) this.#ready.own.push(node)
    else if (this.#wanted.has(node)) this.#ready.others.push(node)
  }

  #tell(): void {
    this.options.onStanding?.(this.#tally.standing())
  }
}

const KINDS: readonly unknown[] = ['done', 'busy', 'interrupted', 'failed'] satisfies Outcome['kind'][]

/** What an executor says of a step; it can be anybody's. */
function checkedOutcome(name: string, outcome: unknown): Outcome {
  if (typeof outcome === 'object' && outcome !== null && 'kind' in outcome && KINDS.includes(outcome.kind))
    return outcome as Outcome
  throw new BlindspotError(
    'bad-data',
    `${name}: expected an outcome of kind ${KINDS.join(', ')} of its executor, got ${shown(outcome)}`,
  )
}
