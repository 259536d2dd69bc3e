import { optionsOrder } from '../tables/optionsOrder.js'
import { OPTIONS } from './attackOptions.js'
import type { Question } from './question.js'

export const pairsOfClasses: Question = {
  name: 'pairs-of-classes',
  question:
    'How far is each class from each other one? Per network, label and target: how often a search succeeds, and the mean distortion.',
  tables: ['examples'],
  sql: `WITH attacked AS (
  SELECT run, source_model, method, goal, coalesce(options, '') AS options, label, target, dataset, split, "index", status,
    CASE WHEN status = 'success' AND isfinite(distortion) THEN distortion END AS distortion
  FROM examples
  WHERE status <> 'skipped' AND target IS NOT NULL
), per_pair AS (
  SELECT run, source_model, method, goal, options, label, target, count(*) AS n,
    count(*) FILTER (status = 'success') / count(*) AS success_rate, count(distortion) AS found,
    avg(distortion) AS distortion, stddev_samp(distortion) AS sd
  FROM attacked
  GROUP BY ALL
)
SELECT source_model, method, goal, ${OPTIONS}, label, target, n,
  success_rate, rate_low(success_rate, n) AS success_rate_low, rate_high(success_rate, n) AS success_rate_high,
  found, distortion, mean_low(distortion, sd, found) AS distortion_low, mean_high(distortion, sd, found) AS distortion_high, run
FROM per_pair
ORDER BY source_model, method, goal, ${optionsOrder()}, run, distortion`,
}
