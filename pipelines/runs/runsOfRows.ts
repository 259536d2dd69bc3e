import { USUAL_SEED } from '../../operators/engine/attackOptions.js'
import { groups } from '../../operators/records/groups.js'
import { isTableName } from '../../operators/records/tables.js'
import type { LakeFile } from '../../sinks/lake/lake.js'
import type { Noted } from './noted.js'
import { rowsOf, runOf, type Group, type Run } from './run.js'
import { TELLING, toldByRows, type Told } from './toldByRows.js'

/**
 * Runs by what rows have as their `run`, of files whose commits do not say it. Rows without one, and those of a run that commits
 * tell, are of a run that is called as their step.
 *
 * @param known runs that commits tell
 * @throws BlindspotError as of `toldByRows`
 */
export async function runsOfRows(
  untold: readonly Group[],
  known: ReadonlySet<string>,
): Promise<readonly Run[]> {
  const files = untold.flatMap((group) => group.files)
  const told = await toldByRows(files)
  const runFor = ({ run, file }: Told) => (run === null || known.has(run) ? file.step : run)
  const footers = new Map(untold.map(({ run, provenance }) => [run, provenance]))
  return groups([...told, ...leftOf(files, told)], (one) => [runFor(one)]).map((own) => {
    const [first, ...others] = new Set(own.map(({ file }) => file))
    const provenance = footers.get(first.step) ?? {}
    return withRows(runOf({ run: runFor(own[0]), files: [first, ...others], provenance }), own)
  })
}

/** Files of tables that are not ours, and of steps that have no rows: they are there, too. */
function leftOf(files: readonly LakeFile[], told: readonly Told[]): readonly Told[] {
  const seen = new Set(told.map(({ file }) => file))
  const steps = new Set(told.map(({ file: { step } }) => step))
  return files
    .filter((file) => !seen.has(file) && (file.rows > 0 || !steps.has(file.step)))
    .map((file) => ({ file, run: null, rows: file.rows, facts: {} }))
}

const ORDER = Object.keys(TELLING)
const kindOf = ({ file: { table } }: Told): string => (isTableName(table) ? TELLING[table].kind : '')

/** A run with what its rows tell. */
function withRows(run: Run, told: readonly Told[]): Run {
  const ordered = [...told].sort((a, b) => ORDER.indexOf(a.file.table) - ORDER.indexOf(b.file.table))
  const kind = ordered.map(kindOf).find((one) => one !== '') ?? ''
  const telling = ordered.filter((one) => kindOf(one) === kind)
  const all = (fact: keyof Told['facts']) => [...new Set(telling.flatMap(({ facts }) => facts[fact] ?? []))]
  const one = (fact: keyof Told['facts']): string | null => {
    const values = all(fact)
    return values.length === 1 ? values[0] : null
  }
  const models = all('models')
  const [goal, attack, noise] = [one('goal'), one('options'), one('seed')]
  const options = optionsIn(attack ?? '')
  const drawn = goal === 'random' && attack !== null ? Number(options['seed'] ?? USUAL_SEED) : null
  return {
    ...run,
    kind,
    models: models.length > 0 ? models : run.models,
    ...{ layer: one('layer'), shown: one('shown'), method: one('method'), goal },
    seed: noise === null ? drawn : Number(noise),
    dataset: one('dataset') ?? run.dataset,
    split: one('split') ?? run.split,
    ofRuns: [...new Set(told.flatMap((each) => each.run ?? []))].filter((each) => each !== run.run),
    ...rowsOf(ordered.map(({ file: { table }, rows }) => ({ table, rows }))),
    options,
  }
}

/** Options of the column `options`, as `seed=2 penalty=norm`. */
const optionsIn = (text: string): Noted =>
  Object.fromEntries(
    text
      .split(' ')
      .map((term) => term.split('=', 2))
      .filter((term) => term.length === 2)
      .map(([name, value]) => [name, value === '' || Number.isNaN(Number(value)) ? value : Number(value)]),
  )
