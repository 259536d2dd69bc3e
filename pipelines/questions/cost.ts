import { optionsOrder } from '../tables/optionsOrder.js'
import { OPTIONS } from './attackOptions.js'
import type { Question } from './question.js'

export const cost: Question = {
  name: 'cost',
  question: 'What does an example cost? Per run: forward-backward passes of a search, and its solves.',
  tables: ['examples'],
  sql: `WITH per_image AS (
  SELECT run, source_model, method, goal, coalesce(options, '') AS options, count(*) AS searches, sum(evaluations) AS evaluations, sum(solves) AS solves,
    sum(iterations) AS iterations, count(*) FILTER (status = 'success') AS found
  FROM examples
  WHERE status <> 'skipped'
  GROUP BY run, source_model, method, goal, coalesce(options, ''), dataset, split, "index"
)
SELECT source_model, method, goal, ${OPTIONS}, count(*) AS n, sum(searches)::BIGINT AS searches,
  avg(evaluations) AS evaluations,
  mean_low(avg(evaluations), stddev_samp(evaluations), count(*)) AS evaluations_low,
  mean_high(avg(evaluations), stddev_samp(evaluations), count(*)) AS evaluations_high,
  median(evaluations) AS median, max(evaluations)::BIGINT AS most,
  sum(evaluations) / nullif(sum(found), 0) AS evaluations_per_example,
  sum(solves) / sum(searches) AS solves_per_search, sum(iterations) / sum(searches) AS iterations_per_search, run
FROM per_image
GROUP BY run, source_model, method, goal, per_image.options
ORDER BY source_model, method, goal, ${optionsOrder()}, run`,
}
