import { basename, dirname, relative, sep } from 'node:path'
import type { Lake, LakeFile } from '../../sinks/lake/lake.js'
import type { Fact, ReportContent, ReportFile, ReportPlot } from '../../sinks/report/content.js'
import type { Table } from '../../sinks/table/table.js'
import type { Database } from '../../sources/duckdb.js'
import { accuracyPlot } from './accuracyPlot.js'
import { directionsOf } from './directions.js'
import { gallery } from './gallery.js'
import type { Measured } from '../tables/measured.js'
import { glanceOf, sentenceOf } from './opening.js'
import { histogramPlot, searchPlot } from './plots.js'
import { sweepPlots } from './sweepPlots.js'
import type { Origin } from './provenance.js'
import type { DataSetTables } from '../tables/dataSet.js'
import type { DataSetFiles } from '../../sinks/lake/onDisk.js'
import { unreadableSentence } from '../tables/unreadable.js'

/** How many lost files are named. */
const FEW = 3
/** Tables whose rows the page counts, where the main job makes them or there are some. */
const ATTACKED = ['models', 'examples', 'scores']
const RANKED = ['ranks', 'coherence']

/** What the page of a data set is made of, and where it goes. */
export interface ReportSource extends DataSetFiles {
  readonly database: Database
  readonly out: string
  readonly origin: Origin
  readonly tables: DataSetTables
}

/** What the page of a data set says. */
export async function contentOf(lake: Lake, source: ReportSource): Promise<ReportContent> {
  const { database, present: files, lost, out, origin } = source
  const { tables, measured, configurations, layers, attacked, ofPaper } = source.tables
  const all = [...files, ...lost]
  const ranked = all.some(({ table }) => RANKED.includes(table))
  // of networks that differ in their seed alone one is looked at
  const others = new Set(configurations.flatMap(({ networks }) => networks.slice(1).map(({ name }) => name)))
  const isShown = (model: string) => !others.has(model)
  const shown = { ...measured, attacks: measured.attacks.filter((row) => isShown(row.sourceModel)) }
  const drawn = attacked
    ? [
        await histogramPlot(database, shown),
        await accuracyPlot(database, isShown),
        await searchPlot(database, isShown),
      ].map((plot) => ofFirst(plot, others))
    : []
  const swept = sweepPlots(configurations, Object.values(measured.queries).join(';\n\n'))
  // nothing is missing of networks that are not the paper's
  const plots = [...swept, ...drawn.filter(({ panels }) => ofPaper || panels.length > 0)]
  const looked = layers.filter(({ rows: [{ model }] }) => isShown(model))
  const rows = (table: string) =>
    files.filter((file) => file.table === table).reduce((sum, file) => sum + file.rows, 0)
  const facts = [...ATTACKED, ...RANKED]
    .filter((table) => rows(table) > 0 || (ofPaper && ATTACKED.includes(table)))
    .map((table) => ({ name: table, value: rows(table).toLocaleString('en') }))
  const missing = [...goneOf(lost), ...(ofPaper ? lacking(tables, plots, ranked) : [])]
  const images = attacked ? await gallery(database, shown, origin.seed) : undefined
  const committed = files.map((file) => file.committed).sort()
  return {
    title: `${subjectOf(source.tables)}: ${basename(lake.folder)}`,
    did: sentenceOf(measured, layers, rows('scores'), ofPaper && missing.length === 0),
    unreadable: await unreadableSentence(database),
    glance: images && glanceOf(images),
    facts: [...facts, { name: 'last change', value: minuteOf(committed.at(-1)) }],
    missing,
    tables,
    plots,
    directions: layers.length === 0 ? undefined : await directionsOf(database, looked),
    gallery: images,
    provenance: [...origin.facts, ...seedsOf(measured)],
    views: viewsOf(files),
    files: files.map((file) => linkTo(file, out)),
  }
}

/** What a data set is about, in a word or two. */
const subjectOf = ({ attacked, layers, tables }: DataSetTables) =>
  attacked
    ? 'Blind spots'
    : layers.length > 0 || tables.some(({ id }) => id === 'units')
      ? 'Units and directions'
      : 'Networks'

/** A plot that shows of each configuration the first seed. */
const ofFirst = (plot: ReportPlot, others: ReadonlySet<string>): ReportPlot =>
  others.size === 0
    ? plot
    : { ...plot, description: `${plot.description} Of each configuration the network of the first seed.` }

/** A time of the manifest to the minute; `none` without one. */
const minuteOf = (time: string | undefined) =>
  time?.replace('T', ' ').replace(/:\d\d\.\d+Z$/, ' UTC') ?? 'none'

/** Seeds of the networks' weights and shuffles, which need not be the run's. */
function seedsOf({ models }: Measured): readonly Fact[] {
  if (models.size === 0) return []
  const value = [...models].map(([model, { seed }]) => `${model} ${seed}`).join(', ')
  return [{ name: 'seeds of the networks', value }]
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

function lacking(tables: readonly Table[], plots: readonly ReportPlot[], ranked: boolean): readonly string[] {
  const lines = [
    ...tables.flatMap(({ title, missing }) => missing.map((line) => `${title.split(':')[0]}: ${line}`)),
    ...plots.flatMap(({ title, panels }) => (panels.length === 0 ? [`${title}: no rows`] : [])),
    ...(ranked ? [] : ['Units and directions: no ranks']),
  ]
  return lines.length === 0 ? [] : [...lines, 'blindspot paper --out with this folder makes what is missing']
}

/** SQL that makes a view of each table, as a person writes it. */
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
