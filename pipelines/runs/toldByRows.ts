import { BlindspotError } from '../../operators/errors.js'
import { isTableName, TABLES, type TableName } from '../../operators/records/tables.js'
import type { LakeFile } from '../../sinks/lake/lake.js'
import { openDatabase } from '../../sources/duckdb.js'
import { localPaths } from '../../sources/objects/localPaths.js'

/** What rows can tell of their run. */
type Fact = 'models' | 'layer' | 'shown' | 'method' | 'goal' | 'options' | 'seed' | 'dataset' | 'split'

/** The values that rows have; of `options` with empty ones, for all as usual. */
export type Facts = Readonly<Partial<Record<Fact, readonly string[]>>>

/** The rows that one file has of one run. */
export interface Told {
  readonly file: LakeFile
  /** Null of rows without one. */
  readonly run: string | null
  readonly rows: number
  readonly facts: Facts
}

interface Telling {
  /** The kind of step that makes such rows; empty of several. */
  readonly kind: string
  readonly columns: Readonly<Partial<Record<Fact, string>>>
}

const IMAGES = { dataset: 'dataset', split: 'split' } as const
const ATTACK = { method: 'method', goal: 'goal', options: 'options' } as const
const LAYER = { models: 'model', layer: 'layer' } as const

/** The columns that tell, by table: of several tables with rows of a run the first says what it is. */
export const TELLING: Readonly<Record<TableName, Telling>> = {
  models: { kind: 'train', columns: { models: 'model', seed: 'seed', ...IMAGES } },
  training: { kind: 'train', columns: { models: 'model' } },
  examples: { kind: 'attack', columns: { models: 'source_model', ...ATTACK, ...IMAGES } },
  searches: { kind: 'searchPath', columns: { models: 'source_model', ...IMAGES } },
  ranks: { kind: 'rank', columns: { ...LAYER, ...IMAGES } },
  coherence: { kind: 'rank', columns: LAYER },
  scores: {
    kind: 'score',
    columns: { models: 'model', shown: 'kind', seed: 'seed', ...ATTACK, ...IMAGES },
  },
  activations: { kind: '', columns: { ...LAYER, ...IMAGES } },
  images: { kind: '', columns: IMAGES },
  errors: { kind: '', columns: IMAGES },
}

const READ = new Set(['run', ...Object.values(TELLING).flatMap(({ columns }) => Object.values(columns))])
/** Columns that need not be fetched of an object. */
const UNREAD = Object.values(TABLES)
  .flatMap(({ columns }) => columns.map(({ name }) => name))
  .filter((name) => !READ.has(name))

/**
 * What the rows of files tell of their runs; nothing of a file without rows, or of a table that is none of ours.
 *
 * @throws BlindspotError `io` or `bad-data` for a file that cannot be read, naming it
 */
export async function toldByRows(all: readonly LakeFile[]): Promise<readonly Told[]> {
  const files = all.filter(({ table }) => isTableName(table))
  try {
    return await told(files)
  } catch (error) {
    // DuckDB names no file
    if (files.length > 1) for (const file of files) await toldByRows([file])
    const { message } = error as Error
    if (files.length > 1 || message.includes(files[0].path)) throw error
    throw new BlindspotError('bad-data', `${files[0].path}: ${message}`, { cause: error })
  }
}

async function told(files: readonly LakeFile[]): Promise<readonly Told[]> {
  const here = await localPaths(files, UNREAD)
  const placed = files.map((file) => ({ file, path: here.get(file.path) ?? file.path }))
  const byPath = new Map(placed.map(({ file, path }) => [path, file]))
  const database = await openDatabase(
    placed.map(({ file: { table }, path }) => ({ table, paths: [path] })),
    { checked: false },
  )
  try {
    const found: Told[] = []
    const tables = new Set(files.map(({ table }) => table))
    for (const table of Object.keys(TELLING).filter(isTableName)) {
      if (!tables.has(table)) continue
      const rows = await database.rows<Facts & { path: string; run: string | null; rows: number }>(
        sqlOf(table),
      )
      for (const { path, run, rows: count, ...facts } of rows) {
        const file = byPath.get(path)
        if (file) found.push({ file, run, rows: count, facts })
      }
    }
    return found
  } finally {
    database.close()
  }
}

function sqlOf(table: TableName): string {
  const hasRun = TABLES[table].columns.some(({ name }) => name === 'run')
  const facts = Object.entries(TELLING[table].columns).map(
    ([fact, name]) => `${valuesOf(fact, name)} AS ${fact}`,
  )
  return `SELECT filename AS path, ${hasRun ? `nullif("run", '')` : 'NULL'} AS run, count(*) AS rows, ${facts.join(', ')}
    FROM ${table} GROUP BY 1, 2 ORDER BY 1, 2`
}

const valuesOf = (fact: string, name: string) =>
  fact === 'options'
    ? `list_sort(list(DISTINCT coalesce("${name}", '')))`
    : `coalesce(list_sort(list(DISTINCT "${name}"::VARCHAR) FILTER ("${name}"::VARCHAR <> '')), [])`
