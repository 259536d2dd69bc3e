import { parseArchitecture, sizeOfArchitecture } from '../../operators/architecture.js'
import type { LakeFile, Latest } from '../../sinks/lake/lake.js'
import type { AttackSpec } from '../steps/attackSpec.js'
import type { StepModel } from '../steps/stepModel.js'
import type { RankSpec } from '../steps/rankedLayer.js'
import type { ScoreSpec } from '../steps/scoreSpec.js'
import type { PlannedStep } from '../steps/stepKind.js'
import type { TrainSpec } from '../steps/trainSpec.js'
import type { Node } from './graph.js'

/** Images that count where a step does not say how many. */
const USUAL = 10_000
const TRAINING = 60_000
const EPOCHS = 20

/** What a step takes in units of its kind: weights times images, and epochs. */
export function costOf({ step: { kind, spec }, effort: { limit, examples }, expected }: PlannedStep): number {
  switch (kind) {
    case 'train': {
      const train = spec as TrainSpec
      return (
        weightsOf(train.architecture) * (train.images.first ?? TRAINING) * (train.options?.epochs ?? EPOCHS)
      )
    }
    case 'attack': {
      const { model, images, shard: [from, to] = [0, Infinity] } = spec as AttackSpec
      const end = Math.min(to, examples ?? limit ?? images.first ?? USUAL)
      return weightsIn(model) * Math.max(0, end - from)
    }
    case 'score': {
      const { models } = spec as ScoreSpec
      return models.reduce((sum, model) => sum + weightsIn(model), 0) * (limit ?? expected ?? USUAL)
    }
    case 'rank':
      return weightsIn((spec as RankSpec).model) * ((spec as RankSpec).images.first ?? USUAL)
    default:
      return 1
  }
}

/** Seconds that a step took, as its files note it; undefined where they do not. */
export function secondsOf(files: readonly LakeFile[]): number | undefined {
  const seconds = files
    .map(({ metadata }) => metadata['seconds'])
    .filter((value) => typeof value === 'number')
  return seconds.length === 0 ? undefined : Math.max(...seconds)
}

/** What steps take, by those that were measured. */
export class Measured {
  readonly #kinds = new Map<string, { seconds: number; cost: number }>()

  add(planned: PlannedStep, seconds: number): void {
    const { kind } = planned.step
    const sum = this.#kinds.get(kind) ?? { seconds: 0, cost: 0 }
    sum.seconds += seconds
    sum.cost += costOf(planned)
    this.#kinds.set(kind, sum)
  }

  /** Seconds that a unit of a kind's cost takes; undefined where no step of it was measured. */
  rateOf(kind: string): number | undefined {
    const sum = this.#kinds.get(kind)
    return sum && sum.cost > 0 ? sum.seconds / sum.cost : undefined
  }

  /** Seconds that a step is to be expected to take; undefined where none of its kind was measured. */
  secondsFor(planned: PlannedStep): number | undefined {
    const rate = this.rateOf(planned.step.kind)
    return rate === undefined ? undefined : rate * costOf(planned)
  }
}

/**
 * What the steps of a plan took that are done, as the data set notes it.
 *
 * @returns beside that of each, by its identity
 */
export function measuredIn(
  latest: Latest,
  nodes: readonly Node[],
): { readonly measured: Measured; readonly took: ReadonlyMap<string, number> } {
  const measured = new Measured()
  const took = new Map<string, number>()
  for (const { id, state, planned } of nodes) {
    const seconds = state === 'done' ? secondsOf(latest.files({ step: id })) : undefined
    if (seconds === undefined) continue
    took.set(id, seconds)
    measured.add(planned, seconds)
  }
  return { measured, took }
}

const weightsIn = (model: StepModel): number => ('train' in model ? weightsOf(model.train.architecture) : 1e5)

const known = new Map<string, number>()

/** Weights of an architecture's dense layers on an image of MNIST's size, more for each convolution. */
export function weightsOf(architecture: string): number {
  const found = known.get(architecture)
  if (found !== undefined) return found
  const parsed = parseArchitecture(architecture)
  const { units } = parsed
  const convolutions = sizeOfArchitecture(parsed).depth - units.length + 1
  const dense = units.reduce((sum, n, i) => sum + n * (units[i - 1] ?? 784), 0)
  const weights = dense * (1 + 10 * convolutions)
  known.set(architecture, weights)
  return weights
}
