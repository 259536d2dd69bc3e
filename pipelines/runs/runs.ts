import { groups } from '../../operators/records/groups.js'
import type { Lake, LakeFile } from '../../sinks/lake/lake.js'
import { orLost } from '../../sinks/lake/lostFile.js'
import { requireLake } from '../../sinks/lake/requireLake.js'
import { parquetMetadata } from '../../sources/parquet.js'
import { textIn } from './noted.js'
import { runOf, type Group, type Run } from './run.js'

export type { Run } from './run.js'

/** Footers that are read at once. */
const AT_ONCE = 16

/**
 * What each `run` of a data set stands for, in the order in which they were begun: by what is committed, of which one footer a
 * run is read. Where that does not say which run it is, as of what `lake.writer` was given in code, the rows do: of them the columns
 * that tell are read. What they have of a run that commits tell is a line of the step's name, whose `ofRuns` it is.
 *
 * @throws BlindspotError `io` or `bad-data` for a file that cannot be read, naming it
 * @example
 * const lake = await openLake('results', { readOnly: true })
 * for (const { run, kind, models, rows } of await runsOf(lake)) console.log(run, kind, models, rows)
 */
export async function runsOf(lake: Pick<Lake, 'files'>): Promise<readonly Run[]> {
  requireLake('runsOf', lake)
  const all = (await groupsIn(await lake.files())).map((group) => ({ group, run: runOf(group) }))
  const isUntold = ({ group: { files }, run: { kind } }: (typeof all)[number]) =>
    kind === '' && files.every(({ metadata }) => textIn(metadata['run']) === undefined)
  const untold = all.filter(isUntold).map(({ group }) => group)
  const runs = all.filter((one) => !isUntold(one)).map(({ run }) => run)
  if (untold.length > 0) {
    const { runsOfRows } = await import('./runsOfRows.js')
    runs.push(...(await runsOfRows(untold, new Set(runs.map(({ run }) => run)))))
  }
  return runs.sort((a, b) => (a.begun < b.begun ? -1 : Number(a.begun > b.begun)))
}

async function groupsIn(files: readonly LakeFile[]): Promise<readonly Group[]> {
  const runOfFile = ({ metadata, step }: LakeFile) => textIn(metadata['run']) ?? step
  const all = groups(files, (file) => [runOfFile(file)])
  const found: Group[] = []
  for (let from = 0; from < all.length; from += AT_ONCE)
    found.push(
      ...(await Promise.all(all.slice(from, from + AT_ONCE).map((own) => groupOf(runOfFile(own[0]), own)))),
    )
  return found
}

async function groupOf(run: string, files: readonly LakeFile[]): Promise<Group> {
  // errors of a run are rows of a table that every kind has
  const told = files.find(({ table }) => table !== 'errors') ?? files[0]
  const { provenance } = await parquetMetadata(told.path).catch(async (error: unknown) => {
    throw await orLost(error, [told])
  })
  return { run, files, provenance }
}
