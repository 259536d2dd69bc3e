import { quoted } from '../../sources/duckdbScan.js'
import type { Run } from './run.js'

type Type = 'VARCHAR' | 'VARCHAR[]' | 'BIGINT' | 'DOUBLE' | 'TIMESTAMPTZ'

/** The columns of `runs`, and what of a run is in them; `options` are JSON as text. */
const COLUMNS: readonly (readonly [name: string, type: Type, of: (run: Run) => unknown])[] = [
  ['run', 'VARCHAR', ({ run }) => run],
  ['kind', 'VARCHAR', ({ kind }) => kind],
  ['models', 'VARCHAR[]', ({ models }) => models],
  ['layer', 'VARCHAR', ({ layer }) => layer],
  ['shown', 'VARCHAR', ({ shown }) => shown],
  ['method', 'VARCHAR', ({ method }) => method],
  ['goal', 'VARCHAR', ({ goal }) => goal],
  ['seed', 'BIGINT', ({ seed }) => seed],
  ['source', 'VARCHAR', ({ source }) => source],
  ['dataset', 'VARCHAR', ({ dataset }) => dataset],
  ['split', 'VARCHAR', ({ split }) => split],
  ['of_runs', 'VARCHAR[]', ({ ofRuns }) => ofRuns],
  ['steps', 'VARCHAR[]', ({ steps }) => steps],
  ['tables', 'VARCHAR[]', ({ tables }) => Object.keys(tables)],
  ['rows', 'BIGINT', ({ rows }) => rows],
  ['files', 'BIGINT', ({ files }) => files],
  ['seconds', 'DOUBLE', ({ seconds }) => seconds],
  ['begun', 'TIMESTAMPTZ', ({ begun }) => begun],
  ['ended', 'TIMESTAMPTZ', ({ ended }) => ended],
  ['version', 'VARCHAR', ({ version }) => version],
  ['commit', 'VARCHAR', ({ commit }) => commit],
  ['backend', 'VARCHAR', ({ backend }) => backend],
  ['command', 'VARCHAR', ({ command }) => command],
  ['options', 'VARCHAR', ({ options }) => JSON.stringify(options)],
]

/** Names and types of the columns of `runs`. */
export const RUNS_COLUMNS = COLUMNS.map(([name, type]) => ({ name, type }))

/** SQL that makes the table `runs`, which other tables join on `run`. */
export function runsSql(runs: readonly Run[]): readonly string[] {
  const create = `CREATE TABLE runs (${COLUMNS.map(([name, type]) => `"${name}" ${type}`).join(', ')})`
  const rows = runs.map(
    (run) => `(${COLUMNS.map(([, type, of]) => `${valueSql(of(run))}::${type}`).join(', ')})`,
  )
  return [create, ...(rows.length === 0 ? [] : [`INSERT INTO runs VALUES ${rows.join(',\n')}`])]
}

function valueSql(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  if (typeof value === 'number') return String(value)
  return Array.isArray(value) ? `[${value.map(valueSql).join(', ')}]` : quoted(value as string)
}
