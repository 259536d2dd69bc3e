import { flag, integer, number, text } from './column.js'
import { FIELD_IDS } from './fieldIds.js'
import { rowTable } from './rowTable.js'
import { sample } from './sample.js'
import type { RowIn } from './schema.js'

export const searches = rowTable({
  ids: FIELD_IDS.searches,
  row: 'value of c that the search for one image and target solved for, in order; `paper` keeps one image per network',
  columns: {
    run: text('Step that made the row: of an attack, the `run` of its examples.'),
    sourceModel: text('Model that was attacked.'),
    ...sample,
    target: integer('Class that the search aims at.', { least: 0 }),
    solve: integer('From 1; a number is left out where a minimisation was given up at a kink.', { least: 1 }),
    c: number('Weight of the penalty ‖r‖² beside the cross-entropy.', { unit: 'nats / pixel²', least: 0 }),
    distortion: number("RMS of the minimiser's perturbation, sqrt(Σ (x′ − x)² / values).", {
      unit: 'RMS of pixels',
      least: 0,
    }),
    margin: number('Target logit less the largest other logit at the minimiser.', {
      unit: 'logits',
      null: 'where it is no number',
    }),
    fooled: flag('Whether the minimiser is the target, by the margin that a success needs.'),
    loss: number('Cross-entropy at the minimiser.', { unit: 'nats', null: 'where it is no number' }),
    residual: number(
      'Relative KKT residual at the minimiser: looser far from the boundary, where only the side matters.',
      { null: 'where it is no number' },
    ),
    iterations: integer('L-BFGS iterations of this solve.'),
    evaluations: integer('Forward-backward passes since the search began.'),
    best: flag("Whether its minimiser is the search's result."),
  },
  key: ['run', 'sourceModel', 'dataset', 'split', 'index', 'target', 'solve'],
})

/** A value of c that the search for one (image, target) solved for, and where its minimiser stands: one row each, in order. */
export interface Solve extends RowIn<typeof searches> {}
