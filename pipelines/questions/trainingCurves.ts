import type { Question } from './question.js'

export const trainingCurves: Question = {
  name: 'training-curves',
  question:
    'How did the loss and the training error fall? Per network, phase and epoch, the error with its interval over the training images.',
  tables: ['models', 'training'],
  sql: `SELECT training.model AS model, phase, epoch, epochs, loss, images AS n, training.train_error AS train_error,
  rate_low(training.train_error, images) AS train_error_low, rate_high(training.train_error, images) AS train_error_high,
  training.seconds AS seconds, training.run AS run
FROM training LEFT JOIN (
  SELECT coalesce(run, '') AS of_run, model, any_value(images) AS images FROM models GROUP BY ALL
) AS trained ON trained.model = training.model AND of_run = coalesce(training.run, '')
ORDER BY training.model, training.run, phase, epoch`,
}
