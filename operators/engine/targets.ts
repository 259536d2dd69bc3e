import { BlindspotError } from '../errors.js'
import { randomFor } from '../random.js'
import type { Goal } from '../records/adversarial.js'

/** One sample and the class that it should become. */
export interface Case {
  /** Position of the image in its split. */
  readonly index: number
  /** The class, from 0. */
  readonly target: number
}

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
  const byIndex = new Map<number, number[]>()
  for (const { index, target } of cases) {
    const targets = byIndex.get(index)
    if (!targets) byIndex.set(index, [target])
    else if (!targets.includes(target)) targets.push(target)
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
        const targets = byIndex.get(index) ?? []
        for (const each of targets) requireClass('bad-data', `cases, index ${index}`, each, logits.length)
        return targets
      }
    case 'target':
      return ({ logits }) => {
        requireClass('bad-option', 'target', target, logits.length)
        return [target]
      }
  }
}

function requireClass(code: 'bad-data' | 'bad-option', what: string, target: number, classes: number): void {
  if (Number.isInteger(target) && target >= 0 && target < classes) return
  throw new BlindspotError(
    code,
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
