import { optionsOrder } from '../tables/optionsOrder.js'
import { accuracySql } from '../tables/robustAccuracy.js'
import { OPTIONS } from './attackOptions.js'
import type { Question } from './question.js'

export const accuracy: Question = {
  name: 'accuracy',
  question:
    'How accurate is a network within a budget ε of perturbation (robust accuracy)? Per run, norm and ε, round values about where the distances lie, as on the page: the share of images that it gets right and of which no example was found within ε, an upper bound; L∞ is that of examples that are near in L2.',
  tables: ['examples'],
  sql: `WITH accuracies AS (
${accuracySql({})}
)
SELECT source_model, method, goal, ${OPTIONS}, dataset, split, norm, epsilon, n, correct, correct / n AS accuracy,
  rate_low(correct / n, n) AS accuracy_low, rate_high(correct / n, n) AS accuracy_high, run
FROM accuracies
ORDER BY source_model, method, goal, ${optionsOrder()}, run, dataset, split, list_position(['l2', 'rms', 'linf'], norm), epsilon`,
}
