import type { AimOptions } from './aimOptions.js'
import type { SearchOptions } from '../minimize/searchDefaults.js'
import type { AdversarialBatch } from '../records/adversarial.js'
import type { ImageBatch } from '../records/image.js'
import type { DdnSearchOptions, DeepFoolSearchOptions } from './methodDefaults.js'
import type { AttackStats } from './queue.js'

/** How a method looks for examples, all of it said. */
export type MethodSearch =
  | { readonly method: 'l-bfgs'; readonly search: SearchOptions }
  | { readonly method: 'deepfool'; readonly search: DeepFoolSearchOptions }
  | { readonly method: 'ddn'; readonly search: DdnSearchOptions }

/** What an engine needs beside its classifier; plain data, so that it can be sent to a worker. */
export type EngineOptions = MethodSearch & {
  readonly aim: AimOptions
  /** Searches evaluated together, at most. */
  readonly batchSize: number
}

/** Attacks image batches, each on its own and in any order: the engine in this thread, or one in another. */
export interface Attacker {
  /** Queues a batch; what becomes of it comes by the events, with the same `id`. */
  add(id: number, batch: ImageBatch): void
  /** Drops what is unfinished. No event comes afterwards. */
  close(): void
}

export interface AttackerEvents {
  /** A queued batch of so many images is in work: there is room for as many. */
  readonly admitted: (images: number) => void
  /** A batch is done; `stats` are of all that the attacker has done for this attack. */
  readonly done: (id: number, rows: AdversarialBatch, stats: AttackStats) => void
  /** The attacker has failed: no event comes afterwards. */
  readonly failed: (error: unknown) => void
}
