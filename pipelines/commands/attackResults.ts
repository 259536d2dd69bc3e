import { printable } from '../../operators/errors.js'
import type { Lake } from '../../sinks/lake/lake.js'
import type { AttackSpec } from '../steps/attackSpec.js'
import { Models } from '../steps/models.js'
import type { Performed } from '../steps/stepKind.js'
import { survivedIn, type Survived } from '../steps/survivors.js'
import { askData } from '../tables/askData.js'
import {
  accuracyWithin,
  attackRuns,
  attackRunsTable,
  toldBudgets,
  type AttackRun,
} from '../tables/attackRuns.js'
import { attackNames } from '../tables/attackNames.js'
import { epsilonText } from '../tables/epsilons.js'
import { rate, type Estimate } from '../tables/statistics.js'
import { count, many, percent, shareText } from '../tables/words.js'
import { print, type CommonOptions } from './command.js'
import { warnUnreadable } from './warnUnreadable.js'

/** Attacks as they were performed. */
interface Made {
  readonly lake: Lake
  readonly performed: readonly Performed[]
}

/** What came of an attack, where it is, and what of it survives being stored. */
export interface AttackResult extends AttackRun {
  readonly seed: number | undefined
  readonly survived: Survived | undefined
  readonly files: readonly string[]
}

/**
 * What came of some attacks.
 *
 * @param first images of each. Default: all
 */
export async function attackResults(
  specs: readonly AttackSpec[],
  { lake, performed }: Made,
  first: number | undefined,
): Promise<readonly AttackResult[]> {
  const models = new Models(lake.folder)
  const asked = await Promise.all(
    specs.map(async ({ model, method = 'l-bfgs', goal, target }, i) => ({
      run: performed[i].run,
      sourceModel: (await models.reference(model)).name,
      ...{ method, goal: goal ?? (target === undefined ? 'cases' : 'target') },
    })),
  )
  const runs = await askData(lake, (database) => attackRuns(database, asked, first), { tables: ['examples'] })
  return runs.map((one, i) => {
    const { files } = performed[i]
    return {
      ...one,
      ...{ seed: one.goal === 'random' ? specs[i].seed : undefined },
      ...{ survived: survivedIn(files), files: files.map(({ path }) => path) },
    }
  })
}

/** Prints what came of some attacks: of one in a line, of several as a table; with `--json` a line each. */
export async function printAttacks(
  options: CommonOptions,
  results: readonly AttackResult[],
  { lake, performed }: Made,
): Promise<void> {
  const { tableText } = await import('../../sinks/table/text.js')
  warnUnreadable(lake.folder, performed)
  const nameOf = attackNames(results)
  const told = (one: AttackResult) => (results.length > 1 ? `${one.sourceModel}, ${nameOf(one)}: ` : '')
  for (const one of results) warnOfNonFinite(one, told(one))
  const lines = results.map((one, i) => ({ ...one, unreadable: unreadableOf(performed[i]) }))
  const [first] = results
  const { columns: width } = process.stdout
  print(
    options,
    lines.map(fieldsOf),
    ...(results.length === 1
      ? [sentenceOf(first), ...accuracyText(first)]
      : [tableText(attackRunsTable(results), { width })]),
    ...results.flatMap((one) => (one.survived ? [`${told(one)}${survivedText(one.survived)}`] : [])),
    ...results.flatMap(({ files }) => files),
  )
}

const unreadableOf = ({ files }: Performed): number =>
  files.filter(({ table }) => table === 'errors').reduce((sum, { rows }) => sum + rows, 0)

/** A result as JSON has it: what its accuracies have in common is said once. */
function fieldsOf({ accuracy, ...result }: AttackResult & { readonly unreadable: number }): object {
  return {
    ...result,
    accuracy: accuracy.map(({ norm, epsilon, correct, accuracy: share }) => ({
      ...{ norm, epsilon, correct, accuracy: share },
    })),
  }
}

function sentenceOf(result: AttackResult): string {
  const { success, failed, skipped, images, successRate, distortion, relativeL2 } = result
  return (
    `${many(success, 'example')}, ${count(failed)} failed, ${count(skipped)} skipped; ` +
    (successRate.n === 0 ? '' : `${shareText(successRate, 1, ' fooled')}, `) +
    meanOf(distortion) +
    (relativeL2 === null ? '' : `, ‖r‖/‖x‖ ${relativeL2.toPrecision(3)}`) +
    (success + failed > images
      ? `; N ${count(images)} images, whose several rows count as one in the intervals`
      : '')
  )
}

/** The accuracy that an attack leaves within a few budgets. */
function accuracyText(result: AttackResult): readonly string[] {
  const clean = accuracyWithin(result, 0)
  if (!clean) return []
  const within = toldBudgets([result]).flatMap((budget) => {
    const line = accuracyWithin(result, budget)
    return line ? [`${percent(line.accuracy.value, 1)} % within ${epsilonText(budget, 'l2')}`] : []
  })
  const parts = within.length === 0 ? '' : `, of perturbations in L2 ${within.join(', ')}`
  return [`accuracy ${shareText(clean.accuracy, 1)} without${parts}; N ${count(clean.accuracy.n)}`]
}

/** Of all that is committed of the attack. */
function survivedText({ payload, examples, images, fooling }: Survived): string {
  const share = rate({ rows: examples, images, count: fooling })
  return `as ${payload} ${count(fooling)} of ${many(examples, 'example')} still fool it${examples === 0 ? '' : ` (${shareText(share, 0)})`}`
}

/**
 * Warns of rows that failed on NaN or Infinity: they are in the files; that there is nothing else is a failure.
 *
 * @param of what the warning begins with, where there are several attacks
 */
export function warnOfNonFinite(
  { success, failed, nonFinite }: Readonly<Record<'success' | 'failed' | 'nonFinite', number>>,
  of = '',
): void {
  if (nonFinite === 0) return
  const attacked = success + failed
  console.error(
    printable(
      `${of}${nonFinite} of ${attacked} rows failed since the network gave NaN or Infinity; look at its weights for either`,
    ),
  )
  if (nonFinite === attacked) process.exitCode = 1
}

function meanOf({ n, value, low, high }: Estimate): string {
  if (n === 0) return 'no distortion to report'
  return `mean distortion ${value.toFixed(4)}${n > 1 ? ` [${low.toFixed(4)}, ${high.toFixed(4)}]` : ''}`
}
