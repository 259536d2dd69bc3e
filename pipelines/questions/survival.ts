import { optionsOrder } from '../tables/optionsOrder.js'
import { OPTIONS } from './attackOptions.js'
import type { Question } from './question.js'

export const survival: Question = {
  name: 'survival',
  question:
    'What becomes of examples that are amplified, or stored as PNG or JPEG? Per run, network and form: how many still fool it, and how many are still taken for their target.',
  tables: ['scores'],
  sql: `WITH counted AS (
  SELECT coalesce(run, '') AS run, source_model, coalesce(method, '') AS method, goal, coalesce(options, '') AS options, model, kind, quality, stddev,
    coalesce(clip, false) AS clip, count(*) AS examples, count(DISTINCT (dataset, split, "index")) AS n,
    count(*) FILTER (error) / count(*) AS fools,
    count(DISTINCT (dataset, split, "index")) FILTER (target IS NOT NULL) AS aimed,
    count(*) FILTER (prediction = target) / nullif(count(target), 0) AS reached
  FROM scores
  WHERE kind IN ('adversarial', 'amplified', 'png', 'jpeg')
  GROUP BY ALL
)
SELECT source_model, method, goal, ${OPTIONS}, model, kind, quality, stddev, clip, n,
  fools, rate_low(fools, n) AS fools_low, rate_high(fools, n) AS fools_high,
  reached, rate_low(reached, aimed) AS reached_low, rate_high(reached, aimed) AS reached_high, examples, run
FROM counted
ORDER BY source_model, method, goal, ${optionsOrder()}, run, model <> source_model, model, kind, quality DESC, stddev, clip`,
}
