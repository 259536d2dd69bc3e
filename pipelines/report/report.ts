import { BlindspotError } from '../../operators/errors.js'
import type { Lake, LakeFile } from '../../sinks/lake/lake.js'
import { onDisk, type DataSetFiles } from '../../sinks/lake/onDisk.js'
import { openLake } from '../../sinks/lake/openLake.js'
import type { Database } from '../../sources/duckdb.js'
import { absolute, within } from '../../sources/place.js'
import { disk } from '../../sources/store.js'
import { askData } from '../tables/askData.js'
import type { DataSetTables } from '../tables/dataSet.js'
import type { Restriction } from '../tables/restriction.js'
import { originOf } from './provenance.js'
import { requireKnown } from '../../operators/options/knownOptions.js'

export interface ReportOptions {
  /** Where the page goes. Default `DIR/report.html`. */
  readonly out?: string | undefined
  /** A folder for the plots as SVG files, too. Default: none. */
  readonly figures?: string | undefined
  /** Which rows Tables 1 to 4 are of. Default: all. */
  readonly restriction?: Restriction | undefined
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
 * @throws BlindspotError `bad-option` for a folder that is no data set, `bad-data` for files that cannot be read.
 * @example
 * const { file, verdicts } = await report('results')
 */
export async function report(folder: string, options: ReportOptions = {}): Promise<ReportResult> {
  requireKnown<ReportOptions>('report', options, {
    out: true,
    figures: true,
    restriction: true,
    signal: true,
  })
  const lake = await openLake(folder, { readOnly: true })
  const files = await onDisk(lake)
  const { signal } = options
  signal?.throwIfAborted()
  await lake.verify(files.present)
  return askData(lake, (database) => reportOf(lake, { ...files, database }, options), {
    ...{ signal, files: files.present },
  })
}

/**
 * Makes the page as `report` does, of a data set that is being asked.
 *
 * @param source the files, which are as they were committed, and their database; `tables` where they are made already
 */
export async function reportOf(
  lake: Lake,
  source: DataSetFiles & { readonly database: Database; readonly tables?: DataSetTables },
  options: Omit<ReportOptions, 'signal'>,
): Promise<ReportResult> {
  // plots and pages take a third of a second to load, which who imports the library need not wait for
  const { contentOf } = await import('./contents.js')
  const { dataSetTables } = await import('../tables/tables.js')
  const { writePlots, writeReport } = await import('../../sinks/report/report.js')
  const { database, present, lost } = source
  const all = [...present, ...lost]
  const out = await placeOf(lake.folder, all, options.out)
  const origin = await originOf(present)
  const about = { quick: origin.quick, seed: origin.order }
  const tables = source.tables ?? (await dataSetTables(database, all, options.restriction, about))
  const content = await contentOf(lake, { ...source, out, origin, tables })
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
async function placeOf(
  folder: string,
  files: readonly LakeFile[],
  out = within(folder, 'report.html'),
): Promise<string> {
  const wanted = absolute(out)
  const there = out === '' ? undefined : await disk.real(wanted)
  const own = [within(folder, 'manifest.json'), ...files.map(({ path }) => path)]
  const taken = there === undefined ? [] : await Promise.all(own.map((path) => disk.real(path)))
  if (out === '' || taken.includes(there))
    throw new BlindspotError(
      'bad-option',
      `report: expected a file of its own for the page, got ${out === '' ? 'nothing' : out}`,
    )
  return there ?? wanted
}
