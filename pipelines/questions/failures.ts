import { optionsOrder } from '../tables/optionsOrder.js'
import { OPTIONS } from './attackOptions.js'
import type { Question } from './question.js'

export const failures: Question = {
  name: 'failures',
  question:
    'Which searches ended without an example, and why? Per run: each way in which they ended, as a share of all rows.',
  tables: ['examples'],
  sql: `WITH counted AS (
  SELECT run, source_model, method, goal, coalesce(options, '') AS options, status, reason, count(*) AS "rows", count(DISTINCT (dataset, split, "index")) AS images
  FROM examples
  GROUP BY ALL
), per_run AS (
  SELECT run, source_model, method, goal, count(*) AS all_rows, count(DISTINCT (dataset, split, "index")) AS n
  FROM examples
  GROUP BY ALL
)
SELECT source_model, method, goal, ${OPTIONS}, status, reason, "rows", images, n, "rows" / all_rows AS share,
  rate_low("rows" / all_rows, n) AS share_low, rate_high("rows" / all_rows, n) AS share_high, run
FROM counted JOIN per_run USING (run, source_model, method, goal)
ORDER BY source_model, method, goal, ${optionsOrder()}, run, status = 'success' DESC, "rows" DESC, reason`,
}
