import type { Question } from './question.js'

export const unreadable: Question = {
  name: 'unreadable',
  question:
    'What was gone on without: which images could not be read, and which steps failed, and why? Per reason, with an example.',
  tables: ['errors'],
  sql: `SELECT CASE WHEN coalesce(step, '') = '' THEN 'image' ELSE 'step' END AS what, dataset, split, reason,
  count(*) AS n, count(DISTINCT run) AS runs, max(attempt) AS attempts,
  any_value(CASE WHEN coalesce(step, '') = '' THEN path ELSE step END ORDER BY filename, file_row_number) AS example
FROM errors
GROUP BY what, dataset, split, reason
ORDER BY n DESC, what, reason`,
}
