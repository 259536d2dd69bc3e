import { join } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import { openLake, type Lake } from '../sinks/lake/lake.js'
import { tidy } from '../sinks/table/csv.js'
import type { Fields, Table } from '../sinks/table/table.js'
import { writeTable } from '../sinks/table/write.js'
import { openDatabase } from '../sources/duckdb.js'
import { arrowCopy } from './arrowCopy.js'
import { openExperiment, type ExperimentOptions } from './paperSteps.js'
import { noiseScores, withModels } from './errorRows.js'
import { directionFigures } from './figures/directions.js'
import { exampleFigures } from './figures/examples.js'
import { report, type ReportResult } from './report/report.js'
import { FIGURE_NOISE } from './tables/published.js'
import { table1 } from './table1.js'
import { table2 } from './table2.js'
import { table3 } from './table3.js'
import { table4, type Table4Options } from './table4.js'
import type { Restriction } from './tables/restriction.js'
import { paperTables, type PaperTables } from './tables/tables.js'
import { unitsVersusDirections } from './unitsVersusDirections.js'

export interface PaperOptions extends ExperimentOptions, Table4Options {
  /** Folder of the data set. */
  readonly out: string
  /** Write the tables as Arrow as well, `OUT/arrow/TABLE.arrows`. Default true. */
  readonly arrow?: boolean
  /** Write the page `OUT/report.html`. Default true. */
  readonly report?: boolean
}

export interface PaperResult {
  readonly tables: PaperTables
  /** The same as data: a row per model, a row per cell, a row per layer, basis, end and k. */
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

/**
 * The main job: trains the networks of Tables 1 and 3 on MNIST, attacks them, scores every network on every network's
 * examples, ranks the test images along units and random directions, writes all of it as a data set, and makes Tables 1 to
 * 4 beside the paper's numbers, those of units against directions, its figures of images and a page of everything. What the data set has already is not made again.
 *
 * @example const { tables } = await paper({ out: 'results', limit: 256 })
 */
export async function paper(options: PaperOptions): Promise<PaperResult> {
  const lake = await openLake(options.out)
  return lake.exclusively('paper', () => tablesOf(lake, options))
}

async function tablesOf(lake: Lake, options: PaperOptions): Promise<PaperResult> {
  const experiment = await openExperiment(lake, options)
  const folder = join(experiment.lake.folder, 'tables')
  const first = await table1(experiment)
  const second = await table2(experiment, first.examples)
  const third = await table3(experiment)
  const fourth = await table4(experiment, third.examples, options)
  const units = await unitsVersusDirections(experiment, first.examples)
  const noise = await withModels(first.examples, (models) =>
    noiseScores(experiment, experiment.images, FIGURE_NOISE, models),
  )
  const runs = [first.runs, second, third.runs, fourth, units, noise.map(({ step }) => step)].flat()
  const restriction: Restriction = { first: experiment.limit, runs }
  const database = await openDatabase(lake.files().map(({ table, path }) => ({ table, paths: [path] })))
  const [files, figures]: [string[], string[]] = [[], []]
  let tables: PaperTables
  try {
    tables = await paperTables(database, restriction, { quick: experiment.quick, seed: experiment.seed })
    const drawing = { ...restriction, signal: options.signal }
    figures.push(...(await exampleFigures(database, lake.folder, drawing)))
    figures.push(...(await directionFigures(database, lake.folder, drawing)))
  } finally {
    database.close()
  }
  for (const [name, table] of Object.entries<Table>(tables))
    files.push(...(await writeTable(folder, name, table)))
  const arrow = options.arrow === false ? [] : await arrowCopy(experiment.lake, options.signal)
  const rows = new Map<string, number>()
  for (const { table, rows: n } of experiment.lake.files()) rows.set(table, (rows.get(table) ?? 0) + n)
  return {
    tables,
    data: Object.fromEntries(
      Object.entries<Table>(tables).map(([name, table]) => [name, tidy(table)]),
    ) as PaperResult['data'],
    files,
    figures,
    arrow,
    report:
      options.report === false
        ? { reason: 'not asked for' }
        : await reportOf(lake, restriction, options.signal),
    folder: experiment.lake.folder,
    rows: [...rows],
    backend: experiment.backend,
  }
}

/** The page, or why there is none: the work before is done without it. */
async function reportOf(
  { folder }: Lake,
  restriction: Restriction,
  signal: AbortSignal | undefined,
): Promise<PaperResult['report']> {
  try {
    return await report(folder, { figures: join(folder, 'figures'), restriction, signal })
  } catch (error) {
    if (error instanceof BlindspotError) return { reason: error.message }
    throw error
  }
}
