import { optionsOrder } from '../tables/optionsOrder.js'
import { OPTIONS } from './attackOptions.js'
import type { Question } from './question.js'

export const weightDecay: Question = {
  name: 'weight-decay',
  question:
    'Does more weight decay push the examples away? Per architecture with its recipe, and λ: the mean distortion over networks of several seeds, with its interval over them, of one network alone over its images.',
  tables: ['models', 'examples'],
  sql: `WITH networks AS (
  SELECT model, seed, weight_decay, test_error,
    regexp_replace(coalesce(nullif(configuration, ''), architecture), '^([^\\s(@]+)\\([^)]*\\)', '\\1') AS architecture
  FROM models
  QUALIFY row_number() OVER (PARTITION BY model ORDER BY filename DESC, file_row_number DESC) = 1
), per_image AS (
  SELECT source_model AS model, run, method, goal, coalesce(options, '') AS options, dataset, split, "index",
    avg(distortion) AS distortion
  FROM examples
  WHERE status <> 'skipped'
  GROUP BY ALL
), attacked AS (
  SELECT model, run, method, goal, options, dataset, split, count(*) AS images, count(distortion) AS found,
    avg(distortion) AS distortion, stddev_samp(distortion) AS sd
  FROM per_image
  GROUP BY model, run, method, goal, options, dataset, split
  -- of several runs of the same attack on a network the largest
  QUALIFY row_number() OVER (
    PARTITION BY model, method, goal, options, dataset, split ORDER BY found DESC, run
  ) = 1
), per_seed AS (
  SELECT * FROM attacked JOIN networks USING (model)
  WHERE weight_decay IS NOT NULL AND distortion IS NOT NULL
  -- a network of the same seed is the same again
  QUALIFY row_number() OVER (
    PARTITION BY architecture, weight_decay, seed, method, goal, options, dataset, split ORDER BY found DESC, model
  ) = 1
), per_decay AS (
  SELECT architecture, weight_decay, method, goal, options, dataset, split, count(*) AS networks,
    sum(images) AS images, avg(distortion) AS distortion, stddev_samp(distortion) AS between_networks,
    any_value(sd) AS within, any_value(found) AS found, avg(test_error) AS test_error
  FROM per_seed
  GROUP BY ALL
)
SELECT architecture, weight_decay, method, goal, ${OPTIONS}, dataset, split, networks, images, distortion,
  CASE WHEN networks > 1 THEN mean_low(distortion, between_networks, networks) ELSE mean_low(distortion, within, found) END AS distortion_low,
  CASE WHEN networks > 1 THEN mean_high(distortion, between_networks, networks) ELSE mean_high(distortion, within, found) END AS distortion_high,
  CASE WHEN networks > 1 THEN 'networks' ELSE 'images' END AS interval_over, test_error
FROM per_decay
ORDER BY architecture, method, goal, ${optionsOrder()}, dataset, split, weight_decay`,
}
