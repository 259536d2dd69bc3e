import { accuracySql } from '../tables/robustAccuracy.js'
import type { Epsilons } from '../tables/epsilons.js'
import type { Question } from './question.js'

/** Budgets that papers and leaderboards have. */
const BUDGETS: Epsilons = {
  l2: [0, 0.25, 0.5, 1, 1.5, 2, 3, 5],
  rms: [0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2],
  linf: [0, ...[1, 2, 4, 8, 16].map((levels) => levels / 255), 0.1, 0.2, 0.3],
}

export const accuracy: Question = {
  name: 'accuracy',
  question:
    'How accurate is a network within a budget ε of perturbation (robust accuracy)? Per run, norm and ε: the share of images that it gets right and of which no example was found within ε, an upper bound; L∞ is that of examples that are near in L2.',
  tables: ['examples'],
  sql: `WITH accuracies AS (
${accuracySql({}, BUDGETS)}
)
SELECT source_model, method, goal, options, dataset, split, norm, epsilon, n, correct, correct / n AS accuracy,
  rate_low(correct / n, n) AS accuracy_low, rate_high(correct / n, n) AS accuracy_high, run
FROM accuracies
ORDER BY source_model, method, goal, options, run, dataset, split, list_position(['l2', 'rms', 'linf'], norm), epsilon`,
}
