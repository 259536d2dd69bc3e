import type { Column, Measure, Table } from '../../sinks/table/table.js'
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
      ...budgets.map((epsilon): Column => {
        const title =
          epsilon === 0 ? 'accuracy, % of images' : `% of images within L2 ${epsilonText(epsilon, 'l2')}`
        return { key: 'accuracy', title, line: { norm: 'l2', epsilon } }
      }),
      { key: 'skipped', title: 'skipped' },
      { key: 'attacked', title: 'attacked' },
      { key: 'failed', title: 'failed' },
      { key: 'success', title: 'fooled, % of attacked' },
      { key: 'examples', title: 'examples' },
      { key: 'distortion', title: 'mean distortion of examples' },
      { key: 'relative_l2', title: '‖r‖/‖x‖ of examples' },
    ],
    rows: runs.map((one) => {
      const attacked = one.success + one.failed
      const clean = accuracyWithin(one, 0)
      return {
        name: one.sourceModel,
        keys: { model: one.sourceModel, run: one.run },
        cells: [
          textCell(nameOf(one)),
          numberCell(clean?.accuracy.n ?? null, 'count'),
          ...budgets.map((epsilon) => {
            const line = accuracyWithin(one, epsilon)
            return line && ofColumn(accuracyCell(line))
          }),
          numberCell(one.skipped, 'count'),
          numberCell(attacked, 'count'),
          numberCell(one.failed, 'count'),
          one.successRate.n === 0
            ? undefined
            : ofColumn(rateCell({ rows: attacked, images: one.images, count: one.success })),
          numberCell(one.success, 'count'),
          ofColumn(distortionCell(one.distortion)),
          numberCell(one.relativeL2, 'significant', 3),
        ],
      }
    }),
    notes: [
      '95 % intervals over images; attacked, failed, skipped and examples are rows, of which an image has several with some goals. Accuracy: of the images attacked and those that the network gets wrong, the share that it gets right and of which no example was found within that L2 norm, an upper bound; report and query DIR accuracy have other norms and budgets.',
    ],
    queries: [],
  }
}

/** A cell whose N a column has. */
const ofColumn = (cell: Measure | undefined): Measure | undefined => cell && { ...cell, n: undefined }
