import { unexpected } from '../options/unexpected.js'
import { BlindspotError } from '../errors.js'
import { PLAIN_GOALS, type PlainGoal } from '../records/codes.js'
import { USUAL_SEED } from './attackOptions.js'
import type { Case } from './targets.js'

/** What an attack aims at, by whatever method. */
export interface AimOptions {
  /**
   * Which wrong class to aim at. `random`: one per image, drawn from (seed, sample id), as in the paper;
   * `all`: every wrong class, a row each; `untargeted`: the least perturbation over all wrong classes, one
   * row; `runner-up` and `least-likely`: by the clean logits. Default `random`.
   */
  readonly goal?: PlainGoal | undefined
  /** A class to aim at for every image, in place of a goal; images that are of it are rows `skipped`. */
  readonly target?: number | undefined
  /** Exactly these samples and targets, in place of a goal; other images give no row. */
  readonly cases?: readonly Case[] | undefined
  /** Seed of the random targets. Default 1. */
  readonly seed?: number | undefined
  /**
   * Identity of the run, copied to every row. Default: a hash of the model and of all that the rows depend on beside the
   * images, so that two attacks that differ in any of it are told apart.
   */
  readonly run?: string | undefined
}

/**
 * Checks what an attack is to aim at.
 *
 * @throws BlindspotError `bad-option` for a goal, target or seed that cannot be used
 */
export function checkAim({ goal, target, cases, seed = USUAL_SEED }: AimOptions): void {
  if (goal !== undefined && !PLAIN_GOALS.includes(goal)) {
    throw new BlindspotError('bad-option', `goal: expected one of ${PLAIN_GOALS.join(', ')}, got '${goal}'`)
  }
  if (!Number.isSafeInteger(seed)) {
    throw unexpected('seed', 'a whole number', seed)
  }
  if (target !== undefined && !(Number.isSafeInteger(target) && target >= 0)) {
    throw unexpected('target', 'a class, a whole number from 0', target)
  }
  const given = Object.entries({ goal, target, cases }).filter(([, value]) => value !== undefined)
  if (given.length > 1) {
    const names = given.map(([name]) => name).join(' and ')
    throw new BlindspotError('bad-option', `expected one of goal, target and cases, got ${names}`)
  }
}
