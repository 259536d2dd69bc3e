import { batchTable } from './batchTable.js'
import { GOALS, METHODS, REASONS, STATUSES } from './codes.js'
import { code, flagOrNull, integer, list, name, number, text } from './column.js'
import { FIELD_IDS } from './fieldIds.js'
import { imageNotes } from './image.js'
import { path, sample } from './sample.js'
import type { RecordOf } from './schema.js'

export {
  GOALS,
  METHODS,
  REASONS,
  STATUSES,
  type Goal,
  type Method,
  type Reason,
  type Status,
} from './codes.js'

/** What rows a column has values in that only an example has. */
const SUCCESS = { status: ['success'] } as const

export const examples = batchTable({
  ids: FIELD_IDS.examples,
  row: 'image, target and source model; failures and skipped images are rows too',
  columns: {
    run: text('Step that made the row, by model, images and options.', { constant: true }),
    sourceModel: text('Model that the example was made for.', { constant: true }),
    ...sample,
    path,
    method: name(METHODS, 'How the example was looked for.', { constant: true }),
    goal: name(GOALS, 'Which wrong class the attack aims at.', { constant: true }),
    options: text(
      'What of the attack is not as usual of its method and goal, as `seed=2 penalty=norm`; empty where all is, and in files of earlier versions.',
      { constant: true, optional: true },
    ),
    target: integer('Class that the example aims at.', {
      least: 0,
      null: 'where the goal is `untargeted` and there is no example',
    }),
    prediction: integer("The source model's class of the clean image.", {
      least: 0,
      null: 'where the model gives no numbers',
    }),
    adversarialPrediction: integer("The source model's class of the example, never the label.", {
      least: 0,
      only: SUCCESS,
    }),
    status: code(STATUSES, 'How the attack on the image ended.'),
    reason: code(REASONS, 'Why a row is failed or skipped; `none` of a success.'),
    distortion: number('Root mean square of the perturbation, sqrt(Σ (x′ − x)² / values).', {
      unit: 'RMS of pixels',
      least: 0,
      only: SUCCESS,
    }),
    l2: number('Euclidean norm of the perturbation.', { unit: 'pixels', least: 0, only: SUCCESS }),
    relativeL2: number(
      'Euclidean norm of the perturbation over that of the clean image, as DeepFool’s paper measures it.',
      {
        least: 0,
        null: 'without an example, of an image of zeros alone, and in files of earlier versions',
        later: true,
      },
    ),
    linf: number('Largest change of a value.', { unit: 'pixels', least: 0, only: SUCCESS }),
    c: number('Weight of the penalty ‖r‖² beside the cross-entropy, of the solve that gave the example.', {
      unit: 'nats / pixel²',
      least: 0,
      null: 'without an example, and of other methods than `l-bfgs`',
    }),
    margin: number('Target logit less the largest other logit at the example; positive for a success.', {
      unit: 'logits',
      null: 'without an example',
    }),
    polishedDistortion: number(
      'RMS of the nearest point of class `target` that the search ever evaluated, brought closer along the segment to the original and along the boundary: not a minimiser of anything, and never more than `distortion`.',
      { unit: 'RMS of pixels', least: 0, null: 'without an example, and of other methods than `l-bfgs`' },
    ),
    residual: number(
      "Relative KKT residual at the example, ‖projected ∇F‖ over the penalty's gradient; 0 at a KKT point.",
      {
        least: 0,
        null: 'without an example, of other methods than `l-bfgs`, and where the budget ended before a minimisation that fooled had converged',
      },
    ),
    bracketWidth: number('From the largest c that fooled to the least one above it that did not.', {
      unit: 'log c',
      least: 0,
      null: 'without an example, of other methods than `l-bfgs`, and where no c failed',
    }),
    monotone: flagOrNull('Whether every c that fooled is below every c that did not.', {
      null: 'where there was no search on c',
    }),
    solves: integer('Values of c that were solved for.', { least: 0 }),
    iterations: integer('Iterations of the method; of L-BFGS over all solves.', { least: 0 }),
    evaluations: integer('Forward-backward passes.', { least: 0 }),
    original: list('The clean image, bit for bit as the network saw it.', { unit: 'pixels' }),
    adversarial: list('The example; in code the original where there is none.', {
      unit: 'pixels',
      only: SUCCESS,
      like: 'original',
    }),
  },
  key: ['run', 'sourceModel', 'method', 'goal', 'dataset', 'split', 'index', 'target'],
  rules: [
    {
      columns: ['adversarial_prediction', 'label'],
      expected: 'another class than the label',
      holds: (predicted: number, label: number) => predicted !== label,
      sql: 'adversarial_prediction IS DISTINCT FROM label',
    },
    {
      columns: ['reason', 'status'],
      expected: 'none of a success, and a reason of others',
      holds: (reason: string, status: string) => (reason === 'none') === (status === 'success'),
      sql: `(reason = 'none') = (status = 'success')`,
    },
  ],
  notes: imageNotes,
})

/**
 * Adversarial examples, one row per (image, target, source model); failures and skipped images are rows too.
 * Numbers that a row does not have are NaN, missing classes are -1; `status` and `reason` are positions in STATUSES and
 * REASONS, `original` and `adversarial` are [n × values], in the box of the source model.
 */
export interface AdversarialBatch extends RecordOf<typeof examples> {}
