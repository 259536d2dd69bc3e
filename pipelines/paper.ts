import { join } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import { openLake, type Lake } from '../sinks/lake/lake.js'
import { writeTable, type PrintedTable, type TidyTable } from '../sinks/table.js'
import { openDatabase } from '../sources/duckdb.js'
import { arrowCopy } from './arrowCopy.js'
import { openExperiment, type Experiment, type ExperimentOptions } from './paperSteps.js'
import { noiseScores, withModels } from './errorRows.js'
import type { SourceExamples } from './examplesFor.js'
import { directionFigures } from './figures/directions.js'
import { exampleFigures } from './figures/examples.js'
import { report, type ReportResult } from './report/report.js'
import { FIGURE_NOISE } from './tables/published.js'
import { table1 } from './table1.js'
import { table2 } from './table2.js'
import { table3 } from './table3.js'
import { table4, type Table4Options } from './table4.js'
import { unitsVersusDirections } from './unitsVersusDirections.js'

export interface PaperOptions extends ExperimentOptions, Table4Options {
  /** Folder of the data set. */
  readonly out: string
  /** Write the tables as Arrow as well, `OUT/arrow/TABLE.arrows`. Default true. */
  readonly arrow?: boolean
  /** Write the page `OUT/report.html`. Default true. */
  readonly report?: boolean
}

/** Names of the files of the tables. */
const TABLES = ['table1', 'table2', 'table3', 'table4', 'purity', 'entropy'] as const

export interface PaperResult {
  readonly tables: readonly PrintedTable[]
  /** The same as data: a row per model, a row per cell, a row per layer, basis, end and k. */
  readonly data: Readonly<Record<(typeof TABLES)[number], TidyTable>>
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
  const tables = {
    ...{ table1: first.table, table2: second, table3: third.table, table4: fourth },
    ...{ purity: units.purity, entropy: units.entropy },
  }
  const files: string[] = []
  for (const [name, { printed, tidy }] of Object.entries(tables)) {
    files.push(...(await writeTable(folder, name, printed, tidy)))
  }
  const figures = await figuresOf(experiment, first.examples, units.runs)
  const arrow = options.arrow === false ? [] : await arrowCopy(experiment.lake, options.signal)
  const rows = new Map<string, number>()
  for (const { table, rows: n } of experiment.lake.files()) rows.set(table, (rows.get(table) ?? 0) + n)
  return {
    tables: [first.table, second, third.table, fourth, units].map(({ printed }) => printed),
    data: Object.fromEntries(TABLES.map((name) => [name, tables[name].tidy])) as PaperResult['data'],
    files,
    figures,
    arrow,
    report: options.report === false ? { reason: 'not asked for' } : await reportOf(lake, options.signal),
    folder: experiment.lake.folder,
    rows: [...rows],
    backend: experiment.backend,
  }
}

/** The figures of images, after the noise of one of them is scored. */
async function figuresOf(
  experiment: Experiment,
  sources: readonly SourceExamples[],
  runs: readonly string[],
): Promise<readonly string[]> {
  const { lake, images, limit: first, signal } = experiment
  await withModels(sources, (models) => noiseScores(experiment, images, FIGURE_NOISE, models))
  const database = await openDatabase(lake.files().map(({ table, path }) => ({ table, paths: [path] })))
  try {
    return [
      ...(await exampleFigures(database, lake.folder, { first, signal })),
      ...(await directionFigures(database, lake.folder, { runs, signal })),
    ]
  } finally {
    database.close()
  }
}

/** The page, or why there is none: the work before is done without it. */
async function reportOf({ folder }: Lake, signal: AbortSignal | undefined): Promise<PaperResult['report']> {
  try {
    return await report(folder, { figures: join(folder, 'figures'), signal })
  } catch (error) {
    if (error instanceof BlindspotError) return { reason: error.message }
    throw error
  }
}
