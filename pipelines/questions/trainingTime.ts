import type { Question } from './question.js'

export const trainingTime: Question = {
  name: 'training-time',
  question: 'How long did each training take, and which part of it? Per network and phase.',
  tables: ['models', 'training'],
  sql: `WITH phases AS (
  SELECT coalesce(run, '') AS run, model, phase, count(*) AS n, max(seconds) AS seconds, min(loss) AS least_loss
  FROM training
  GROUP BY ALL
)
SELECT models.model AS model, architecture, images, backend, models.seconds AS seconds, phase, n AS epochs, phases.seconds AS phase_seconds,
  phases.seconds / n AS seconds_per_epoch, images * n / nullif(phases.seconds, 0) AS images_per_second, models.run AS run
FROM models LEFT JOIN phases ON phases.model = models.model AND phases.run = coalesce(models.run, '')
ORDER BY models.seconds DESC, models.model, models.run, phase`,
}
