import { OPTIONS } from './attackOptions.js'
import type { Question } from './question.js'

export const hardestImages: Question = {
  name: 'hardest-images',
  question:
    'Which images need the smallest distortion, over all networks? The first 100 by the mean of distortion over the network’s own mean, with its interval over networks.',
  tables: ['examples'],
  sql: `WITH found AS (
  SELECT run, source_model, method, goal, coalesce(options, '') AS options, dataset, split, "index",
    any_value(label) AS label, avg(distortion) AS distortion
  FROM examples
  WHERE status = 'success' AND isfinite(distortion)
  GROUP BY ALL
), compared AS (
  SELECT *, distortion / avg(distortion) OVER (PARTITION BY run, source_model, method, goal) AS relative_to_mean
  FROM found
), per_network AS (
  SELECT source_model, method, goal, options, dataset, split, "index", any_value(label) AS label,
    avg(distortion) AS distortion, avg(relative_to_mean) AS relative_to_mean
  FROM compared
  GROUP BY ALL
)
SELECT method, goal, ${OPTIONS}, dataset, split, "index", any_value(label) AS label, count(*) AS networks,
  avg(distortion) AS distortion, avg(relative_to_mean) AS relative_to_mean,
  mean_low(avg(relative_to_mean), stddev_samp(relative_to_mean), count(*)) AS relative_to_mean_low,
  mean_high(avg(relative_to_mean), stddev_samp(relative_to_mean), count(*)) AS relative_to_mean_high,
  arg_min(source_model, distortion) AS nearest_for, min(distortion) AS least
FROM per_network
GROUP BY method, goal, per_network.options, dataset, split, "index"
ORDER BY relative_to_mean, dataset, split, "index"
LIMIT 100`,
}
