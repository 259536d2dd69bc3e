import { BlindspotError } from '../../operators/errors.js'
import type { Method, PlainGoal } from '../../operators/records/codes.js'

/** How an attack looks for examples and what it aims at, as far as one rules out another. */
export interface MethodChoice extends Readonly<Partial<Record<OwnOption, string | number | undefined>>> {
  readonly method?: Method | undefined
  readonly goal?: PlainGoal | undefined
  readonly target?: number | undefined
  readonly cases?: string | undefined
}

type OwnOption = 'penalty' | 'maxEvaluations' | 'iterations' | 'overshoot' | 'candidates' | 'gamma' | 'levels'

/** The options that each method has beside those of all. */
const OWN: Readonly<Record<Method, readonly OwnOption[]>> = {
  'l-bfgs': ['penalty', 'maxEvaluations'],
  deepfool: ['iterations', 'overshoot', 'candidates'],
  ddn: ['iterations', 'gamma', 'levels'],
}

/** Methods that aim at no class, by their paper. */
const UNTARGETED: readonly Method[] = ['deepfool']

/** The goal of an attack that is told none. */
export const usualGoal = (method: Method = 'l-bfgs') =>
  UNTARGETED.includes(method) ? 'untargeted' : 'random'

/**
 * Checks that a method can have the goal and the options that are asked for, by their names alone: nothing is loaded.
 *
 * @param nameOf what an error calls an option. Default: as the spec of an attack does
 * @throws BlindspotError `bad-option`
 */
export function requireMethod(choice: MethodChoice, nameOf = (option: string) => option): void {
  const { method = 'l-bfgs', goal, target, cases } = choice
  const own = OWN[method]
  for (const option of new Set(Object.values(OWN).flat())) {
    if (choice[option] === undefined || own.includes(option)) continue
    const others = Object.entries(OWN).filter(([, options]) => options.includes(option))
    throw new BlindspotError(
      'bad-option',
      `${nameOf('method')} ${method}: expected no ${nameOf(option)}, an option of ${others.map(([name]) => name).join(' and ')}, got ${String(choice[option])}`,
    )
  }
  if (!UNTARGETED.includes(method)) return
  const aimed =
    target !== undefined
      ? `${nameOf('target')} ${target}`
      : cases !== undefined
        ? `${nameOf('cases')} ${cases}`
        : goal !== undefined && goal !== 'untargeted'
          ? `${nameOf('goal')} ${goal}`
          : undefined
  if (aimed === undefined) return
  throw new BlindspotError(
    'bad-option',
    `${nameOf('method')} ${method}: expected ${nameOf('goal')} untargeted, the only one that it has, got ${aimed}; l-bfgs and ddn aim at a class`,
  )
}
