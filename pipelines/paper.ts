import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import { useBackend } from '../operators/tensor/backend.js'
import { openLake, type Lake } from '../sinks/lake/lake.js'
import { tidy } from '../sinks/table/csv.js'
import type { Fields, Table } from '../sinks/table/table.js'
import { writeTable } from '../sinks/table/write.js'
import type { Database } from '../sources/duckdb.js'
import { arrowCopy } from './arrowCopy.js'
import { directionFigures } from './figures/directions.js'
import { exampleFigures } from './figures/examples.js'
import { paperSample, paperSteps, type PaperSettings } from './paperSteps.js'
import { onDisk, reportOf, type ReportResult } from './report/report.js'
import { performAll } from './steps/step.js'
import type { Effort } from './steps/stepKind.js'
import { performInThreads } from './steps/thread.js'
import { askData } from './tables/askData.js'
import type { Restriction } from './tables/restriction.js'
import type { PaperTables } from './tables/dataSet.js'
import { dataSetTables } from './tables/tables.js'

export interface PaperOptions extends PaperSettings, Pick<Effort, 'backend' | 'signal' | 'onProgress'> {
  /** Folder of the data set. */
  readonly out: string
  /** Networks trained side by side. Default: one per core, four at most. */
  readonly workers?: number | undefined
  /** Write the tables as Arrow as well, `OUT/arrow/TABLE.arrows`. Default true. */
  readonly arrow?: boolean
  /** Write the page `OUT/report.html`. Default true. */
  readonly report?: boolean
}

export interface PaperResult {
  readonly tables: PaperTables
  /** The tables as the CSV files have them: a line per model, per cell, per layer, basis, end and k. */
  readonly data: Readonly<Record<keyof PaperTables, readonly Fields[]>>
  /** CSV and Markdown files of the tables. */
  readonly files: readonly string[]
  /** PNG files: adversarial pairs, noise, perturbations, rows of images along units and directions. */
  readonly figures: readonly string[]
  /** The data set's tables as Arrow streams; none where they were not asked for. */
  readonly arrow: readonly string[]
  /** The page; where there is none, why. */
  readonly report: ReportResult | { readonly reason: string }
  /** The data set's folder, and the rows of its tables. */
  readonly folder: string
  readonly rows: readonly (readonly [table: string, rows: number])[]
  readonly backend: string
}

const MOST_WORKERS = 4

/**
 * The main job: trains the networks of Tables 1 and 3 on MNIST, attacks them, scores every network on every network's
 * examples, ranks the test images along units and random directions, writes all of it as a data set, and makes Tables 1 to
 * 4 beside the paper's numbers, those of units against directions, its figures of images and a page of everything. What the
 * data set has already is not made again.
 *
 * @throws BlindspotError `bad-option` where the folder holds the results of another seed or of `quick`; those of `perform`
 * @example const { tables } = await paper({ out: 'results', limit: 256 })
 */
export async function paper(options: PaperOptions): Promise<PaperResult> {
  const lake = await openLake(options.out)
  const { name: backend } = await useBackend(options.backend)
  const runs = await stepsOf(lake, options)
  const restriction: Restriction = { first: paperSample(options), runs }
  const made = await resultsOf(lake, restriction, options)
  const rows = new Map<string, number>()
  for (const { table, rows: n } of lake.files()) rows.set(table, (rows.get(table) ?? 0) + n)
  return {
    ...made,
    arrow: options.arrow === false ? [] : await arrowCopy(lake, options.signal),
    folder: lake.folder,
    rows: [...rows],
    backend,
  }
}

/** Performs what is not done yet; gives the identities of all steps. */
async function stepsOf(lake: Lake, options: PaperOptions): Promise<readonly string[]> {
  const { seed = 1, quick = false, backend, signal, onProgress } = options
  const { workers = Math.min(availableParallelism(), MOST_WORKERS) } = options
  refuseOthers(lake, seed, quick)
  const { trainings, others } = paperSteps(options)
  const effort: Effort = { backend, signal, onProgress, notes: { seed, quick } }
  const trained = await performInThreads(lake, trainings, workers, effort)
  const performed = await performAll(lake, others, effort)
  return [...trained, ...performed].map(({ id }) => id)
}

/** Tables and figures of the rows of some steps, as values and as files, and the page. */
async function resultsOf(
  lake: Lake,
  restriction: Restriction,
  { seed = 1, quick = false, signal, report }: PaperOptions,
): Promise<Pick<PaperResult, 'tables' | 'data' | 'files' | 'figures' | 'report'>> {
  const files = await onDisk(lake)
  const ask = async (database: Database) => {
    const tables = await dataSetTables(database, lake.files(), restriction, { quick, seed })
    const named = Object.entries<Table>(tables.paper)
    const written: string[] = []
    for (const [name, table] of named)
      written.push(...(await writeTable(join(lake.folder, 'tables'), name, table)))
    return {
      tables: tables.paper,
      data: Object.fromEntries(named.map(([name, table]) => [name, tidy(table)])) as PaperResult['data'],
      files: written,
      figures: [
        ...(await exampleFigures(database, lake.folder, { ...restriction, signal })),
        ...(await directionFigures(database, lake.folder, { ...restriction, signal })),
      ],
      report:
        report === false
          ? { reason: 'not asked for' }
          : await pageOf(lake, { ...files, database, tables }, signal),
    }
  }
  return askData(lake, ask, { signal, files: files.present })
}

/** The page, or why there is none: the work before is done without it. */
async function pageOf(
  lake: Lake,
  source: Parameters<typeof reportOf>[1],
  signal: AbortSignal | undefined,
): Promise<PaperResult['report']> {
  try {
    await lake.verify(source.present)
    return await reportOf(lake, source, { figures: join(lake.folder, 'figures') })
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof BlindspotError) return { reason: error.message }
    throw error
  }
}

/** The names of the paper's networks mean one network each in a data set. */
function refuseOthers(lake: Lake, seed: number, quick: boolean): void {
  for (const { metadata } of lake.files({ table: 'models' })) {
    const { seed: otherSeed, quick: otherQuick } = metadata
    // another command's
    if (otherQuick === undefined || (otherSeed === seed && otherQuick === quick)) continue
    throw new BlindspotError(
      'bad-option',
      `${lake.folder} holds the results of seed ${String(otherSeed)}${otherQuick ? ' with --quick' : ''}, ` +
        `not of seed ${seed}${quick ? ' with --quick' : ''}; choose another folder with --out`,
    )
  }
}
