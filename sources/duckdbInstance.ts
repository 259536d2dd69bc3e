import { tmpdir } from 'node:os'
import type { DuckDBConnection } from '@duckdb/node-api'

const MEMORY = '1GB'

/** A DuckDB in the memory of this process. */
export interface DuckDB {
  readonly connection: DuckDBConnection
  readonly close: () => void
}

/**
 * Starts a DuckDB with a bound on its memory, which does without what would have to be downloaded.
 *
 * @param settings DuckDB's own; these come before the usual ones.
 */
export async function startDuckDB(settings: Readonly<Record<string, string>> = {}): Promise<DuckDB> {
  // native code that takes a moment to load, which who only computes need not wait for
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY,
    temp_directory: tmpdir(),
    autoinstall_known_extensions: 'false',
    ...settings,
  })
  const connection = await instance.connect()
  return {
    connection,
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
