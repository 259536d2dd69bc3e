import { optionsOrder } from '../tables/optionsOrder.js'
import { OPTIONS } from './attackOptions.js'
import type { Question } from './question.js'

export const transfer: Question = {
  name: 'transfer',
  question:
    'How often do examples made for one network fool another? Per run and victim: of all, and of the images that the victim gets right when clean.',
  tables: ['scores'],
  sql: `WITH counted AS (
  SELECT coalesce(run, '') AS run, source_model, coalesce(method, '') AS method, goal, coalesce(options, '') AS options, model,
    count(*) AS examples, count(DISTINCT (dataset, split, "index")) AS n, count(*) FILTER (error) / count(*) AS error,
    count(DISTINCT (dataset, split, "index")) FILTER (NOT clean_error) AS clean_images,
    count(*) FILTER (error AND NOT clean_error) / nullif(count(*) FILTER (NOT clean_error), 0) AS clean_error
  FROM scores
  WHERE kind = 'adversarial'
  GROUP BY ALL
)
SELECT source_model, method, goal, ${OPTIONS}, model, n, error, rate_low(error, n) AS error_low, rate_high(error, n) AS error_high,
  clean_images, clean_error, rate_low(clean_error, clean_images) AS clean_error_low, rate_high(clean_error, clean_images) AS clean_error_high,
  examples, run
FROM counted
ORDER BY source_model, method, goal, ${optionsOrder()}, run, model <> source_model, model`,
}
