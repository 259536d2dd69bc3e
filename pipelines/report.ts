import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import { openLake, type Lake, type LakeFile } from '../sinks/lake.js'
import { writePlots, writeReport } from '../sinks/report.js'
import type { Fact, ReportContent, ReportFile, ReportPlot, ReportTable } from '../sinks/report/content.js'
import { openDatabase } from '../sources/duckdb.js'
import { attackTable } from './report/attackTable.js'
import { reportTable2, reportTable4 } from './report/errorTables.js'
import { gallery } from './report/gallery.js'
import { isPublished, measure, type Measured } from './report/measured.js'
import { reportTable1 } from './report/table1.js'
import { reportTable3 } from './report/table3.js'
import { histogramPlot, searchPlot } from './report/plots.js'
import { originOf } from './report/provenance.js'

export interface ReportOptions {
  /** Where the page goes. Default `DIR/report.html`. */
  readonly out?: string | undefined
  /** A folder for the plots as SVG files, too. Default: none. */
  readonly figures?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ReportResult {
  /** The page. */
  readonly file: string
  readonly bytes: number
  /** SVG files of the plots. */
  readonly figures: readonly string[]
  /** A sentence for each table: whether the paper's claim holds. */
  readonly verdicts: Readonly<Record<string, string>>
  /** What the data set lacks. */
  readonly missing: readonly string[]
}

/**
 * Makes one HTML page of a data set: Tables 1 to 4 beside the paper's numbers, the images, the plots and where all of it is
 * from. It needs nothing but itself, and a data set that lacks something gives a page that says what.
 *
 * @throws BlindspotError `io` for a folder that is no data set, `bad-data` for files that cannot be read, `missing-package`
 * where DuckDB is not installed.
 * @example const { file, verdicts } = await report('results')
 */
export async function report(folder: string, options: ReportOptions = {}): Promise<ReportResult> {
  const lake = await openLake(folder, { readOnly: true })
  const { present, lost } = onDisk(lake)
  const out = placeOf(lake, options.out)
  await lake.verify(present)
  const content = await contentOf(lake, present, lost, out, options.signal)
  const bytes = await writeReport(out, content)
  return {
    file: out,
    bytes,
    figures: options.figures === undefined ? [] : await writePlots(options.figures, content.plots),
    verdicts: Object.fromEntries(
      content.tables.flatMap(({ id, title, verdict }) =>
        verdict ? [[id, `${title.split(':')[0]}. ${verdict.sentence}`]] : [],
      ),
    ),
    missing: content.missing,
  }
}

/** Where the page goes: not onto the data set. */
function placeOf(lake: Lake, out = join(lake.folder, 'report.html')): string {
  const wanted = resolve(out)
  const place = existsSync(wanted) ? realpathSync(wanted) : wanted
  const own = [join(lake.folder, 'manifest.json'), ...lake.files().map(({ path }) => path)]
  if (out === '' || own.some((path) => existsSync(path) && realpathSync(path) === place))
    throw new BlindspotError(
      'bad-option',
      `report: expected a file of its own for the page, got ${out === '' ? 'nothing' : out}`,
    )
  return place
}

/** Lost files that are named. */
const FEW = 3

/** Committed files, without those that are gone or cut off. */
function onDisk(lake: Lake): { readonly present: readonly LakeFile[]; readonly lost: readonly LakeFile[] } {
  const isThere = ({ path, bytes }: LakeFile) => existsSync(path) && statSync(path).size === bytes
  // each once, whatever the manifest says
  const files = [...new Map(lake.files().map((file) => [file.path, file])).values()]
  return { present: files.filter(isThere), lost: files.filter((file) => !isThere(file)) }
}

async function contentOf(
  lake: Lake,
  files: readonly LakeFile[],
  lost: readonly LakeFile[],
  out: string,
  signal: AbortSignal | undefined,
): Promise<ReportContent> {
  signal?.throwIfAborted()
  const origin = await originOf(files)
  const database = await openDatabase(files.map(({ table, path }) => ({ table, paths: [path] })))
  const interrupt = () => database.interrupt()
  signal?.addEventListener('abort', interrupt)
  try {
    const measured = await measure(database, files, origin.quick)
    const ofPaper = isOfPaper(measured)
    const tables = [
      reportTable1(measured),
      reportTable2(measured),
      ...(ofPaper ? [reportTable3(measured), reportTable4(measured)] : []),
      attackTable(measured),
    ]
    const plots = [await histogramPlot(database, measured), await searchPlot(database)]
    const rows = (table: string) =>
      files.filter((file) => file.table === table).reduce((sum, file) => sum + file.rows, 0)
    const facts = ['models', 'examples', 'scores'].map((table) => ({
      name: table,
      value: rows(table).toLocaleString('en'),
    }))
    const committed = files.map((file) => file.committed).sort()
    return {
      title: `Blind spots: ${basename(lake.folder)}`,
      facts: [
        ...facts,
        {
          name: 'last change',
          value:
            committed
              .at(-1)
              ?.replace('T', ' ')
              .replace(/:\d\d\.\d+Z$/, ' UTC') ?? 'none',
        },
      ],
      missing: [
        ...(origin.quick
          ? ['made with --quick: smaller training sets and few epochs, not comparable with the paper']
          : []),
        ...goneOf(lost),
        ...(ofPaper ? lacking([...tables], plots) : []),
      ],
      tables: origin.quick ? tables.map(quickly) : tables,
      plots,
      gallery: await gallery(database, measured, origin),
      provenance: [...origin.facts, ...seedsOf(measured)],
      views: viewsOf(files),
      files: files.map((file) => linkTo(file, out)),
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', interrupt)
    database.close()
  }
}

/** Of the networks' weights and shuffles, which need not be the run's. */
function seedsOf({ models }: Measured): readonly Fact[] {
  if (models.size === 0) return []
  const value = [...models].map(([model, { seed }]) => `${model} ${seed}`).join(', ')
  return [{ name: 'seeds of the networks', value }]
}

/** A table of `--quick`, whose verdict is about other networks than the paper's. */
function quickly(table: ReportTable): ReportTable {
  if (!table.verdict) return table
  const sentence = `Of --quick’s networks, not the paper’s. ${table.verdict.sentence}`
  return { ...table, verdict: { ...table.verdict, sentence } }
}

/** Whether there is a network of the paper's, or nothing yet. */
function isOfPaper({ models, attacks, scores }: Measured): boolean {
  const names = [
    ...models.keys(),
    ...attacks.map((row) => row.source_model),
    ...scores.map((row) => row.model),
  ]
  return names.length === 0 || names.some((name) => isPublished(name))
}

function goneOf(lost: readonly LakeFile[]): readonly string[] {
  if (lost.length === 0) return []
  const rows = lost.reduce((sum, file) => sum + file.rows, 0)
  const named = lost.slice(0, FEW).map(({ file }) => file)
  const others = lost.length > FEW ? ` and ${lost.length - FEW} more` : ''
  return [
    `gone or of another size, with ${rows} rows: ${named.join(', ')}${others}; their commands write them again`,
  ]
}

function lacking(tables: readonly ReportTable[], plots: readonly ReportPlot[]): readonly string[] {
  const lines = [
    ...tables.flatMap(({ title, missing }) => missing.map((line) => `${title.split(':')[0]}: ${line}`)),
    ...plots.flatMap(({ title, panels }) => (panels.length === 0 ? [`${title}: no rows`] : [])),
  ]
  return lines.length === 0 ? [] : [...lines, 'blindspot paper --out with this folder makes what is missing']
}

/** The views as a person writes them. */
function viewsOf(files: readonly LakeFile[]): string {
  return [...new Set(files.map(({ table }) => table))]
    .map(
      (table) =>
        `CREATE VIEW ${table} AS FROM read_parquet('${table}/**/*.parquet', union_by_name = true,\n` +
        '  hive_partitioning = false, filename = true, file_row_number = true);',
    )
    .join('\n')
}

function linkTo({ table, path, file, rows, bytes }: LakeFile, out: string): ReportFile {
  const href = relative(dirname(out), path).split(sep).map(encodeURIComponent).join('/')
  return { table, href, name: file, rows, bytes }
}
