import { optionsOrder } from '../tables/optionsOrder.js'
import { OPTIONS } from './attackOptions.js'
import type { Question } from './question.js'

export const foolsAll: Question = {
  name: 'fools-all',
  question:
    'Which examples fool every other network that they were shown? Per run: how many do, and the nearest of them.',
  tables: ['examples', 'scores'],
  sql: `WITH shown AS (
  SELECT run, source_model, method, goal, coalesce(options, '') AS options, dataset, split, "index", label, target,
    count(DISTINCT model) AS victims, bool_and(error) AS fools_all
  FROM scores
  WHERE kind = 'adversarial' AND model <> source_model
  GROUP BY ALL
), whole AS (
  -- an example that was not shown to all of them is not counted
  SELECT * FROM shown QUALIFY victims = max(victims) OVER (PARTITION BY run, source_model, method, goal)
), nearest AS (
  SELECT whole.*, distortion
  FROM whole LEFT JOIN examples USING (run, source_model, method, goal, dataset, split, "index", label, target)
), counted AS (
  SELECT run, source_model, method, goal, options, any_value(victims) AS victims, count(*) AS examples,
    count(DISTINCT (dataset, split, "index")) AS n, count(*) FILTER (fools_all) AS fool_all,
    arg_min("index", distortion) FILTER (fools_all) AS nearest_index,
    arg_min(label, distortion) FILTER (fools_all) AS nearest_label,
    arg_min(target, distortion) FILTER (fools_all) AS nearest_target,
    min(distortion) FILTER (fools_all) AS nearest_distortion
  FROM nearest
  GROUP BY ALL
)
SELECT source_model, method, goal, ${OPTIONS}, victims, examples, fool_all, n, fool_all / examples AS share,
  rate_low(fool_all / examples, n) AS share_low, rate_high(fool_all / examples, n) AS share_high,
  nearest_index, nearest_label, nearest_target, nearest_distortion, run
FROM counted
ORDER BY source_model, method, goal, ${optionsOrder()}, run`,
}
