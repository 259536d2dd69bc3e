/** The names of adversarial rows, apart from their columns: who only plans and attacks need not load Arrow. */

/** How an attack on one image ended. */
export const STATUSES = ['success', 'failed', 'skipped'] as const
/** One of STATUSES. */
export type Status = (typeof STATUSES)[number]

/** Why a row is `failed` or `skipped`; `none` for a success. */
export const REASONS = [
  'none',
  'misclassified', // skipped: the model already gets the image wrong
  'already-target', // skipped: the model already predicts the target
  'unreachable', // failed: no c gave the target
  'budget', // failed: the evaluations allowed ran out
  'non-finite', // failed: the network produced NaN or Infinity
] as const
/** One of REASONS. */
export type Reason = (typeof REASONS)[number]

/** Which wrong class an attack aims at. `target`: one given class; `cases`: given by the caller for each sample. */
export const GOALS = ['random', 'all', 'untargeted', 'runner-up', 'least-likely', 'target', 'cases'] as const
/** One of GOALS. */
export type Goal = (typeof GOALS)[number]

/** Goals that need nothing else to be said. */
export type PlainGoal = Exclude<Goal, 'target' | 'cases'>
export const PLAIN_GOALS: readonly PlainGoal[] = GOALS.filter((goal) => goal !== 'target' && goal !== 'cases')

/** How an example was looked for. */
export const METHODS = ['l-bfgs', 'deepfool', 'ddn'] as const
export type Method = (typeof METHODS)[number]

/**
 * How the values of images lie in a file: `float32` as they are, `float16` rounded to the nearest, `uint8` as the nearest of
 * 256 levels of the box, low + code / 255 · (high − low).
 */
export const PAYLOADS = ['float32', 'float16', 'uint8'] as const
export type Payload = (typeof PAYLOADS)[number]
