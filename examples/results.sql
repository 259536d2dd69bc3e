-- Questions to the results, one statement each; the first column says which.
-- In the folder that has results/: duckdb < examples/results.sql

-- Whether a victim takes the example for another class than its label, with Wilson's 95 % interval.
WITH fed AS (
  SELECT run, source_model, model, count(DISTINCT (dataset, split, "index")) AS n, avg(error::int) AS error
  FROM 'results/scores/**/*.parquet'
  WHERE kind = 'adversarial'
  GROUP BY ALL
)
SELECT 'transfer' AS question, source_model, model, n, error,
  (error + 1.9207 / n - 1.96 * sqrt(error * (1 - error) / n + 0.9604 / n ** 2)) / (1 + 3.8415 / n) AS low,
  (error + 1.9207 / n + 1.96 * sqrt(error * (1 - error) / n + 0.9604 / n ** 2)) / (1 + 3.8415 / n) AS high
FROM fed
ORDER BY source_model, run, model;

-- How far the examples of each network are from their images, and which image is the nearest.
SELECT 'distance' AS question, source_model, goal, count(*) AS n, avg(distortion) AS distortion,
  min(distortion) AS least, arg_min("index", distortion) AS nearest
FROM 'results/examples/**/*.parquet'
WHERE status = 'success'
GROUP BY run, source_model, goal
ORDER BY source_model, goal, run;

-- How the searches ended.
SELECT 'ending' AS question, source_model, goal, status, reason, count(*) AS n
FROM 'results/examples/**/*.parquet'
GROUP BY run, source_model, goal, status, reason
ORDER BY source_model, goal, run, n DESC, status, reason;
