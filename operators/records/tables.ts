import { activations, type ActivationBatch } from './activation.js'
import { examples, type AdversarialBatch } from './adversarial.js'
import { coherence, type Coherence } from './coherence.js'
import { images, type ImageBatch } from './image.js'
import { models, type ModelRecord } from './model.js'
import { ranks, type RankBatch } from './rank.js'
import type { Table } from './schema.js'
import { scores, type ScoreBatch } from './score.js'
import { searches, type Solve } from './search.js'
import { training, type TrainingEvent } from './training.js'
import { errors, type Unreadable } from './unreadable.js'

/** The tables of a data set and what one write to each is. */
export interface Tables {
  readonly models: readonly ModelRecord[]
  readonly training: readonly TrainingEvent[]
  readonly examples: AdversarialBatch
  readonly searches: readonly Solve[]
  readonly scores: ScoreBatch
  readonly ranks: RankBatch
  readonly coherence: readonly Coherence[]
  readonly activations: ActivationBatch
  readonly images: ImageBatch
  readonly errors: readonly Unreadable[]
}
/** The name of a table of a data set. */
export type TableName = keyof Tables

/**
 * The tables of a data set, each with its columns, what tells its rows apart, and how its records become Arrow
 * batches and come back.
 */
export const TABLES: { readonly [Name in TableName]: Table<Tables[Name]> } = {
  models,
  training,
  examples,
  searches,
  scores,
  ranks,
  coherence,
  activations,
  images,
  errors,
}

export const isTableName = (name: string): name is TableName => Object.hasOwn(TABLES, name)
