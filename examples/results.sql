-- How often the examples made for one network fool another, and how far they are from their images.
-- In the folder that has results/: duckdb < examples/results.sql
SELECT s.source_model, s.model, count(*) AS n, avg(s.error::int) AS error, avg(e.distortion) AS distortion
FROM 'results/scores/**/*.parquet' s
JOIN 'results/examples/**/*.parquet' e
  USING (run, source_model, method, goal, dataset, split, index, label, target)
WHERE s.kind = 'adversarial'
GROUP BY ALL
ORDER BY ALL
