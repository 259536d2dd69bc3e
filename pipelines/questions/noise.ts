import { optionsOrder } from '../tables/optionsOrder.js'
import { OPTIONS } from './attackOptions.js'
import type { Question } from './question.js'

export const noise: Question = {
  name: 'noise',
  question:
    'Do perturbations fool more often than noise of the same size? Per run and network: examples, as they are and amplified, beside the noise whose σ is nearest to their RMS; of images that it gets right when clean.',
  tables: ['examples', 'scores'],
  sql: `WITH sizes AS (
  SELECT run, source_model, method, goal, dataset, split, avg(distortion) AS rms
  FROM examples
  WHERE status = 'success' AND isfinite(distortion)
  GROUP BY ALL
), counted AS (
  SELECT run, source_model, method, goal, coalesce(options, '') AS options, dataset, split, model, kind, stddev, coalesce(clip, false) AS clip,
    count(DISTINCT (dataset, split, "index")) AS n, count(*) FILTER (error) / count(*) AS clean_error, min(seed) AS seed
  FROM scores
  WHERE kind IN ('adversarial', 'amplified', 'gaussian') AND NOT clean_error
  GROUP BY ALL
), shown AS (
  SELECT counted.*, coalesce(stddev, rms) AS rms
  FROM counted LEFT JOIN sizes USING (run, source_model, method, goal, dataset, split)
  WHERE kind <> 'gaussian'
), beside AS (
  SELECT shown.*, noise.stddev AS noise_rms, noise.n AS noise_n, noise.clean_error AS noise_clean_error, noise.clip AS noise_clip
  FROM shown LEFT JOIN (SELECT * FROM counted WHERE kind = 'gaussian') AS noise USING (model, dataset, split)
  QUALIFY row_number() OVER (
    PARTITION BY shown.run, shown.source_model, shown.method, shown.goal, dataset, split, shown.kind, shown.stddev, shown.clip, model
    ORDER BY abs(ln(noise.stddev / shown.rms)), noise.clip <> shown.clip, noise.n DESC, noise.seed, noise.run
  ) = 1
)
SELECT source_model, method, goal, ${OPTIONS}, kind, model, rms, n, clean_error, rate_low(clean_error, n) AS clean_error_low, rate_high(clean_error, n) AS clean_error_high,
  noise_rms, noise_n, noise_clean_error, rate_low(noise_clean_error, noise_n) AS noise_clean_error_low,
  rate_high(noise_clean_error, noise_n) AS noise_clean_error_high,
  run
FROM beside
ORDER BY source_model, method, goal, ${optionsOrder()}, run, kind, rms, model <> source_model, model`,
}
