import type { Question } from './question.js'

export const directionCoherence: Question = {
  name: 'direction-coherence',
  question:
    'Are the first images along a unit more alike than those along a random direction? Per layer, basis and k: mean purity and entropy of their labels, and how many directions are purer than 95 % of permuted labels.',
  tables: ['coherence'],
  sql: `WITH per_basis AS (
  SELECT run, model, layer, side, pool, images, coalesce("grouping", 'class') AS "grouping", basis, centered, k,
    count(*) AS n, avg(purity) AS purity, stddev_samp(purity) AS purity_sd,
    avg(entropy) AS entropy, stddev_samp(entropy) AS entropy_sd,
    count(*) FILTER (purity_p <= 0.05) / count(*) AS beyond
  FROM coherence
  WHERE "end" = 'top' AND NOT tied
  GROUP BY ALL
)
SELECT model, layer, basis, k, n, purity, mean_low(purity, purity_sd, n) AS purity_low, mean_high(purity, purity_sd, n) AS purity_high,
  entropy, mean_low(entropy, entropy_sd, n) AS entropy_low, mean_high(entropy, entropy_sd, n) AS entropy_high,
  beyond, rate_low(beyond, n) AS beyond_low, rate_high(beyond, n) AS beyond_high,
  side, pool, images, "grouping", centered, run
FROM per_basis
ORDER BY model, layer, side, pool, images, run, "grouping", k, basis, centered`,
}
