import type { Column, Table } from '../../sinks/table/table.js'
import type { Database } from '../../sources/duckdb.js'
import { attackNames } from './attackNames.js'
import { attackSummary, type AttackNumbers } from './attackSummary.js'
import { distortionCell, numberCell, rateCell, textCell } from './cells.js'
import { epsilonText } from './epsilons.js'
import type { AttackOf } from './measured.js'
import { robustAccuracy, type RobustAccuracy } from './robustAccuracy.js'
import { accuracyCell } from './robustAccuracyTable.js'

/** What came of one attack of several, with the accuracy that it leaves within budgets. */
export interface AttackRun extends AttackNumbers, Omit<AttackOf, 'dataset' | 'split'> {
  readonly accuracy: readonly RobustAccuracy[]
}

/** What is known of an attack before it is looked at. */
export type AskedRun = Pick<AttackRun, 'run' | 'sourceModel' | 'method' | 'goal'>

/**
 * What came of some attacks, in their order.
 *
 * @param first images of each, those that were skipped among them. Default: all
 */
export async function attackRuns(
  database: Database,
  asked: readonly AskedRun[],
  first?: number,
): Promise<readonly AttackRun[]> {
  const lines = await robustAccuracy(database, { runs: asked.map(({ run }) => run), first })
  const runs: AttackRun[] = []
  for (const one of asked) {
    const accuracy = lines.filter(({ run }) => run === one.run)
    const numbers = await attackSummary(database, { run: one.run, first })
    runs.push({ ...one, options: accuracy[0]?.options ?? '', ...numbers, accuracy })
  }
  return runs
}

/** Budgets that a line of text has room for. */
const FEW = 3

/** Budgets in L2, beside 0, that tell most of some attacks: a few of those within which some images are lost and some are left. */
export function toldBudgets(runs: readonly AttackRun[]): readonly number[] {
  const telling = new Map<number, number>()
  for (const run of runs) {
    const clean = accuracyWithin(run, 0)?.accuracy.value ?? 1
    for (const { norm, epsilon, accuracy } of run.accuracy)
      if (norm === 'l2' && epsilon > 0)
        telling.set(epsilon, (telling.get(epsilon) ?? 0) + accuracy.value * (clean - accuracy.value))
  }
  return [...telling]
    .filter(([, worth]) => worth > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, FEW)
    .map(([epsilon]) => epsilon)
    .sort((a, b) => a - b)
}

/** The accuracy that an attack leaves within a budget in L2. */
export const accuracyWithin = ({ accuracy }: AttackRun, budget: number): RobustAccuracy | undefined =>
  accuracy.find(({ norm, epsilon }) => norm === 'l2' && epsilon === budget)

/** Some attacks, a row each: how many rows fool, how far they are, and the accuracy left within a few budgets. */
export function attackRunsTable(runs: readonly AttackRun[]): Table {
  const budgets = [0, ...toldBudgets(runs)]
  const nameOf = attackNames(runs)
  return {
    id: 'attack',
    title: 'Attacks',
    claim: '',
    verdict: undefined,
    missing: [],
    of: 'network',
    columns: [
      { key: 'attack', title: 'method and goal' },
      { key: 'images', title: 'images' },
      { key: 'failed', title: 'failed' },
      { key: 'skipped', title: 'skipped' },
      { key: 'success', title: 'fooled %' },
      { key: 'distortion', title: 'mean distortion' },
      { key: 'relative', title: '‖r‖/‖x‖' },
      ...budgets.map((epsilon): Column => {
        const title = epsilon === 0 ? 'accuracy %' : `% within L2 ${epsilonText(epsilon, 'l2')}`
        return { key: 'accuracy', title, line: { norm: 'l2', epsilon } }
      }),
    ],
    rows: runs.map((one) => ({
      name: one.sourceModel,
      keys: { model: one.sourceModel, run: one.run },
      n: one.images,
      cells: [
        textCell(nameOf(one)),
        numberCell(one.images, 'count'),
        numberCell(one.failed, 'count'),
        numberCell(one.skipped, 'count'),
        one.successRate.n === 0
          ? undefined
          : rateCell({ rows: one.success + one.failed, images: one.images, count: one.success }),
        distortionCell(one.distortion),
        numberCell(one.relative, 'significant', 3),
        ...budgets.map((epsilon) => {
          const line = accuracyWithin(one, epsilon)
          // of the images attacked and those that are wrong anyway, which stand beside
          return line && { ...accuracyCell(line), n: one.images }
        }),
      ],
    })),
    notes: [
      '95 % intervals over images. Accuracy: of the images attacked and those that the network gets wrong, the share that it gets right and of which no example was found within that L2 norm, an upper bound; report and query DIR accuracy have other norms and budgets.',
    ],
    queries: [],
  }
}
