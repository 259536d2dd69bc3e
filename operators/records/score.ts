import { batchTable } from './batchTable.js'
import { GOALS, METHODS } from './codes.js'
import { flag, integer, long, name, number, text } from './column.js'
import { FIELD_IDS } from './fieldIds.js'
import { path, sample } from './sample.js'
import type { RecordOf } from './schema.js'

/** What was shown to the victim. */
export const SCORE_KINDS = ['clean', 'adversarial', 'amplified', 'gaussian', 'png', 'jpeg'] as const
/** One of SCORE_KINDS. */
export type ScoreKind = (typeof SCORE_KINDS)[number]

export const scores = batchTable({
  ids: FIELD_IDS.scores,
  row: 'example and victim model',
  columns: {
    run: text(
      'Step that made the example, as in `examples`; of `clean` and `gaussian` the step that scored.',
      { constant: true, later: true },
    ),
    sourceModel: text('Model that the example was made for; empty for `clean` and `gaussian`.', {
      constant: true,
    }),
    model: text('The victim: the model that is asked.', { constant: true }),
    kind: name(
      SCORE_KINDS,
      'What was shown to the victim; `png` and `jpeg` are examples after they were stored so, at 8 bits a value.',
      { constant: true },
    ),
    method: name(['', ...METHODS], 'How the example was looked for; empty for `clean` and `gaussian`.', {
      constant: true,
      later: true,
    }),
    goal: name(['', ...GOALS], 'What the example aims at; empty for `clean` and `gaussian`.', {
      constant: true,
    }),
    options: text(
      'What of the attack is not as usual of its method and goal, as in `examples`; empty where all is, for `clean` and `gaussian`, and in files of earlier versions.',
      { constant: true, optional: true },
    ),
    stddev: number('Standard deviation of the noise, RMS of an amplified perturbation.', {
      unit: 'pixels',
      least: 0,
      only: { kind: ['gaussian', 'amplified'] },
      constant: true,
    }),
    seed: long('Of the noise.', { null: 'of other kinds than `gaussian`', constant: true, later: true }),
    clip: flag(
      'Whether the noise, or the amplified perturbation, was clipped to the box; false of other kinds.',
      {
        constant: true,
        later: true,
      },
    ),
    quality: integer('Of the JPEG, by libjpeg-turbo with colours at half the width and height (4:2:0).', {
      least: 1,
      most: 100,
      only: { kind: ['jpeg'] },
      constant: true,
      later: true,
    }),
    ...sample,
    path,
    target: integer('Class that the example aims at.', { least: 0, null: 'where there is none' }),
    prediction: integer("The victim's class of what it was shown.", { least: 0 }),
    error: flag('Whether that is not the label.'),
    cleanError: flag('Whether the victim gets the clean image wrong.'),
  },
  key: [
    ...([
      'run',
      'sourceModel',
      'method',
      'goal',
      'model',
      'kind',
      'stddev',
      'seed',
      'clip',
      'quality',
    ] as const),
    ...(['dataset', 'split', 'index', 'target'] as const),
  ],
  rules: [
    {
      columns: ['error', 'prediction', 'label'],
      expected: 'true where the prediction is not the label, and only there',
      holds: (error: number, prediction: number, label: number) => (error === 1) === (prediction !== label),
      sql: 'error = (prediction <> label)',
    },
  ],
})

/** What a victim model makes of examples, one row per example. Missing numbers are NaN, a missing class is -1. */
export interface ScoreBatch extends RecordOf<typeof scores> {}
