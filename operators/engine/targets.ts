import { BlindspotError } from '../errors.js'
import { randomFor } from '../random.js'
import type { Goal } from '../records/adversarial.js'

/** One sample and the class that it should become. */
export interface Case {
  /** Position of the image in its split. */
  readonly index: number
  /** The class, from 0. */
  readonly target: number
  /** Where it is written, for messages, as `cases.csv, row 3`. Default: by its index. */
  readonly place?: string | undefined
}

/** A case as it is told from others, wherever it is written. */
export const withoutPlace = ({ index, target }: Case): Case => ({ index, target })

/** Where a case is written, or what it is of. */
export const placeOfCase = ({ index, place }: Case): string => place ?? `cases, index ${index}`

/** A clean image as its model sees it. */
export interface Seen {
  readonly dataset: string
  readonly split: string
  readonly index: number
  readonly label: number
  /** [classes] logits of the image. */
  readonly logits: Float32Array
}

/** The wrong classes to aim at, one search each. */
export type Targets = (image: Seen) => readonly number[]

/**
 * The targets of a goal. `random` is uniform over the wrong classes and a function of (seed, sample id)
 * alone, so that every model faces the same one.
 */
export function targetsOf(
  goal: Goal,
  seed: number,
  {
    cases = [],
    target = NaN,
  }: { readonly cases?: readonly Case[] | undefined; readonly target?: number | undefined } = {},
): Targets {
  const byIndex = new Map<number, Case[]>()
  for (const one of cases) {
    const before = byIndex.get(one.index)
    if (!before) byIndex.set(one.index, [one])
    else if (!before.some(({ target }) => target === one.target)) before.push(one)
  }
  switch (goal) {
    case 'random':
      return ({ dataset, split, index, label, logits }) => {
        const k = randomFor(seed, 'target', dataset, split, index).integer(logits.length - 1)
        return [k < label ? k : k + 1]
      }
    case 'all':
    case 'untargeted':
      return ({ label, logits }) => wrongClasses(logits.length, label)
    case 'runner-up':
      return ({ label, logits }) => [pick(logits, label, (a, b) => a > b)]
    case 'least-likely':
      return ({ label, logits }) => [pick(logits, label, (a, b) => a < b)]
    case 'cases':
      return ({ index, logits }) => {
        const own = byIndex.get(index) ?? []
        for (const each of own) requireClass(placeOfCase(each), each.target, logits.length)
        return own.map(({ target: each }) => each)
      }
    case 'target':
      return ({ logits }) => {
        requireClass('target', target, logits.length)
        return [target]
      }
  }
}

function requireClass(what: string, target: number, classes: number): void {
  if (Number.isInteger(target) && target >= 0 && target < classes) return
  throw new BlindspotError(
    'bad-option',
    `${what}: expected a class of the model, from 0 to ${classes - 1}, got ${target}`,
  )
}

function wrongClasses(classes: number, label: number): number[] {
  return Array.from({ length: classes }, (_, k) => k).filter((k) => k !== label)
}

function pick(logits: Float32Array, label: number, better: (a: number, b: number) => boolean): number {
  let best = label === 0 ? 1 : 0
  for (let k = 0; k < logits.length; k++) {
    if (k !== label && better(logits[k], logits[best])) best = k
  }
  return best
}
