import { basename, dirname, relative, sep } from 'node:path'
import type { Lake, LakeFile } from '../../sinks/lake/lake.js'
import type { Fact, ReportContent, ReportFile, ReportPlot, ReportTable } from '../../sinks/report/content.js'
import { openDatabase } from '../../sources/duckdb.js'
import { attackTable } from '../tables/attacks.js'
import { directionsOf } from './directions.js'
import { reportTable2, reportTable4 } from '../tables/errors.js'
import { gallery } from './gallery.js'
import { isPublished, measure, type Measured } from '../tables/measured.js'
import { histogramPlot, searchPlot } from './plots.js'
import { originOf } from './provenance.js'
import { rankedLayers } from '../tables/rankedLayers.js'
import { reportTable1 } from '../tables/table1.js'
import { reportTable3 } from '../tables/table3.js'
import { reportUnits } from '../tables/units.js'

/** Lost files that are named. */
const FEW = 3
/** Tables whose rows the page counts. */
const ATTACKED = ['models', 'examples', 'scores']
const RANKED = ['ranks', 'coherence']

/** The files of a data set, and where the page of it goes. */
export interface ReportFiles {
  readonly present: readonly LakeFile[]
  /** Gone or cut off. */
  readonly lost: readonly LakeFile[]
  readonly out: string
}

/** What the page of a data set says. */
export async function contentOf(
  lake: Lake,
  { present: files, lost, out }: ReportFiles,
  signal: AbortSignal | undefined,
): Promise<ReportContent> {
  signal?.throwIfAborted()
  const origin = await originOf(files)
  const database = await openDatabase(files.map(({ table, path }) => ({ table, paths: [path] })))
  const interrupt = () => database.interrupt()
  signal?.addEventListener('abort', interrupt)
  try {
    const measured = await measure(database, files, origin.quick)
    const ranked = [...files, ...lost].some(({ table }) => RANKED.includes(table))
    const named = namesOf(measured)
    // a data set of ranks alone lacks no attack
    const attacked = named.length > 0 || !ranked
    const ofPaper = attacked && (named.length === 0 || named.some(isPublished))
    const layers = await rankedLayers(database, files)
    const tables = [
      ...(attacked ? [reportTable1(measured), reportTable2(measured)] : []),
      ...(ofPaper ? [reportTable3(measured), reportTable4(measured)] : []),
      ...(attacked ? [attackTable(measured)] : []),
      ...(ranked ? [reportUnits(layers)] : []),
    ]
    const plots = attacked ? [await histogramPlot(database, measured), await searchPlot(database)] : []
    const rows = (table: string) =>
      files.filter((file) => file.table === table).reduce((sum, file) => sum + file.rows, 0)
    const facts = [...(attacked ? ATTACKED : []), ...(ranked ? RANKED : [])].map((table) => ({
      name: table,
      value: rows(table).toLocaleString('en'),
    }))
    const committed = files.map((file) => file.committed).sort()
    return {
      title: `${attacked ? 'Blind spots' : 'Units and directions'}: ${basename(lake.folder)}`,
      facts: [...facts, { name: 'last change', value: minuteOf(committed.at(-1)) }],
      missing: [
        ...(origin.quick
          ? ['made with --quick: smaller training sets and few epochs, not comparable with the paper']
          : []),
        ...goneOf(lost),
        ...(ofPaper ? lacking(tables, plots, ranked) : []),
      ],
      tables: origin.quick ? tables.map(quickly) : tables,
      plots,
      directions: layers.length === 0 ? undefined : await directionsOf(database, layers),
      gallery: attacked ? await gallery(database, measured, origin.seed) : undefined,
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

/** Of a time as the manifest notes it. */
const minuteOf = (time: string | undefined) =>
  time?.replace('T', ' ').replace(/:\d\d\.\d+Z$/, ' UTC') ?? 'none'

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

/** The networks that there is something of beside their directions. */
const namesOf = ({ models, attacks, scores }: Measured): readonly string[] => [
  ...models.keys(),
  ...attacks.map((row) => row.source_model),
  ...scores.map((row) => row.model),
]

function goneOf(lost: readonly LakeFile[]): readonly string[] {
  if (lost.length === 0) return []
  const rows = lost.reduce((sum, file) => sum + file.rows, 0)
  const named = lost.slice(0, FEW).map(({ file }) => file)
  const others = lost.length > FEW ? ` and ${lost.length - FEW} more` : ''
  return [
    `gone or of another size, with ${rows} rows: ${named.join(', ')}${others}; their commands write them again`,
  ]
}

function lacking(
  tables: readonly ReportTable[],
  plots: readonly ReportPlot[],
  ranked: boolean,
): readonly string[] {
  const lines = [
    ...tables.flatMap(({ title, missing }) => missing.map((line) => `${title.split(':')[0]}: ${line}`)),
    ...plots.flatMap(({ title, panels }) => (panels.length === 0 ? [`${title}: no rows`] : [])),
    ...(ranked ? [] : ['Units and directions: no ranks']),
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
