import { BlindspotError } from '../../operators/errors.js'
import { shown } from '../../operators/records/expected.js'

/** Lengths of a perturbation that budgets are given in; RMS is the L2 norm over the root of the number of values. */
export const NORMS = ['l2', 'rms', 'linf'] as const
/** One of NORMS. */
export type PerturbationNorm = (typeof NORMS)[number]

/** Budgets ε of each norm, in the units of pixels. */
export type Epsilons = Readonly<Record<PerturbationNorm, readonly number[]>>

/** The column of `examples` that has a norm. */
export const COLUMN_OF: Readonly<Record<PerturbationNorm, string>> = {
  l2: 'l2',
  rms: 'distortion',
  linf: 'linf',
}

/** What people call a norm. */
export const NORM_NAMES: Readonly<Record<PerturbationNorm, string>> = { l2: 'L2', rms: 'RMS', linf: 'L∞' }

const decades = (powers: readonly number[], steps: readonly number[]) =>
  powers.flatMap((power) => steps.map((step) => Number(`${step}e${power}`)))

/**
 * Round values, among them those that papers and leaderboards give robust accuracy at: L∞ 1/255 to 16/255 and 0.1 to 0.3, L2 0.25,
 * 0.5, 1, 1.5, 2 and 3; up to those of pixels from 0 to 255.
 */
export const ROUND_EPSILONS: Epsilons = {
  l2: [0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7, 10, 20, 50, 100, 200, 500, 1000],
  rms: decades([-4, -3, -2, -1, 0, 1], [1, 1.5, 2, 3, 5, 7]),
  linf: [
    ...[0.25, 0.5, 1, 2, 4, 8, 16].map((levels) => levels / 255),
    ...[0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2, 4, 8, 16, 32, 64, 128],
  ],
}

/**
 * Budgets that came from outside, each once and in order.
 *
 * @throws BlindspotError `bad-option` for a norm that there is not, and what is no list of numbers from 0
 */
export function checkedEpsilons(given: Partial<Epsilons>): Partial<Epsilons> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([norm, values]: [string, unknown]) => {
      if (values === undefined) return []
      if (!NORMS.some((one) => one === norm))
        throw new BlindspotError(
          'bad-option',
          `epsilons: expected lists of ${NORMS.join(', ')}, got '${norm}'`,
        )
      const isList = Array.isArray(values) && values.every((value) => typeof value === 'number' && value >= 0)
      if (!isList)
        throw new BlindspotError(
          'bad-option',
          `epsilons.${norm}: expected a list of numbers from 0, got ${shown(values)}`,
        )
      const all = values as readonly number[]
      return [[norm, [...new Set(all)].sort((a, b) => a - b)]]
    }),
  )
}

/** A budget as people write it: 8/255, 0.5. */
export function epsilonText(epsilon: number, norm: PerturbationNorm): string {
  const levels = Number((255 * epsilon).toFixed(6))
  const isOfLevels = norm === 'linf' && epsilon > 0 && epsilon < 0.1 && Number.isInteger(4 * levels)
  return isOfLevels ? `${levels}/255` : String(Number(epsilon.toPrecision(4)))
}
