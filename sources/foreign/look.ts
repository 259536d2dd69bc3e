import { BlindspotError, warnOnce } from '../../operators/errors.js'
import { readPlacedArrow } from '../arrow.js'
import { classNamesIn } from '../labels.js'
import { parquetMetadata, readPlaced } from '../parquet.js'
import { conditionsLeft } from '../partitions.js'
import type { Stored } from '../stored.js'
import { columnsOf, imageColumns, type ImageColumns, type NamedType, withoutLabels } from './columns.js'

/** What files of images are that are no table of a data set, before their rows are read. */
export interface ForeignFiles extends ImageColumns {
  readonly paths: readonly string[]
  /** Rows of each file, and whether conditions are on rows; of Arrow files nobody knows. */
  readonly rows: readonly number[] | undefined
  readonly isFiltered: boolean
  /** Names of the classes, in the order of the labels. */
  readonly classes: readonly string[] | undefined
  /** Metadata of the first file. */
  readonly metadata: ReadonlyMap<string, string>
}

interface Described {
  readonly columns: readonly NamedType[]
  readonly metadata: ReadonlyMap<string, string>
  readonly rows?: number
}

/**
 * Looks what files hold; undefined where they are a table of a data set.
 *
 * @throws BlindspotError `bad-data` for files without images, or of different columns
 */
export async function lookAt(stored: Stored, paths: readonly string[]): Promise<ForeignFiles | undefined> {
  const isAsked = stored.image !== undefined || stored.label !== undefined
  const described: Described[] = []
  for (const path of paths) {
    const one = await describedBy(stored.format, path)
    if (one === undefined) continue
    if (described.length === 0 && !isAsked && isTable(one.columns)) return undefined
    described.push(one)
    // of a stream only what comes first is read
    if (stored.format === 'arrow') break
  }
  const [first] = described
  if ((first as Described | undefined) === undefined) return undefined
  const all = described.map(({ columns }, file) => imageColumns(paths[file], columns, stored))
  const other = all.findIndex((one) => JSON.stringify(one) !== JSON.stringify(all[0]))
  if (other >= 0)
    throw new BlindspotError(
      'bad-data',
      `${paths[other]}: expected images and labels as in ${paths[0]}, ${told(all[0])}, got ${told(all[other])}; read files of other columns apart from these`,
    )
  const { label } = all[0]
  if (label === undefined) warnOnce(`${paths[0]}: ${withoutLabels(first.columns)}`)
  return {
    ...all[0],
    paths,
    rows: stored.format === 'arrow' ? undefined : described.map(({ rows = 0 }) => rows),
    isFiltered: paths.some((path) => conditionsLeft(path, stored.where ?? {}).length > 0),
    classes: label === undefined ? ['unlabelled'] : classNamesIn(first.metadata, label),
    metadata: first.metadata,
  }
}

async function describedBy(format: Stored['format'], path: string): Promise<Described | undefined> {
  if (format === 'parquet') {
    const { columns, types, rows, keyValues } = await parquetMetadata(path)
    return { columns: columns.map((name, i) => ({ name, type: types[i] })), metadata: keyValues, rows }
  }
  for await (const { batch } of readPlacedArrow(path))
    return { columns: columnsOf(batch.schema), metadata: batch.schema.metadata }
  return undefined
}

/** Columns that tell the tables of a data set from files of others. */
const OF_TABLES = [
  ['original', 'adversarial', 'source_model'],
  ['pixels', 'dataset', 'split', 'index'],
]

const isTable = (columns: readonly NamedType[]): boolean =>
  OF_TABLES.some((names) => names.every((name) => columns.some((column) => column.name === name)))

const told = ({ image, isEncoded, label }: ImageColumns) =>
  `${image} (${isEncoded ? 'encoded' : 'numbers'}) and ${label ?? 'no labels'}`

/** How many rows the files have that meet the conditions; undefined where that takes reading them all. */
export async function countIn(
  { rows, paths, isFiltered }: ForeignFiles,
  stored: Stored,
): Promise<number | undefined> {
  if (rows === undefined) return undefined
  if (!isFiltered) return rows.reduce((sum, n) => sum + n, 0)
  let count = 0
  for await (const { batch } of readPlaced(paths, { columns: [], where: stored.where ?? {} }))
    count += batch.numRows
  return count
}
