import { BlindspotError } from '../operators/errors.js'
import { files } from './files.js'
import { isInPartitions } from './partitions.js'
import { STANDARD_INPUT, standardInput } from './standardInput.js'
import type { StoredOptions } from './storedOptions.js'

/** Images in Parquet or Arrow files. */
export interface Stored extends StoredOptions {
  readonly format: 'parquet' | 'arrow'
  /** A file, a folder or a pattern; `-`: standard input, whose Arrow stream is kept until the process ends. */
  readonly path: string
}

/** The files that are read, in their order: those whose folders no condition rules out. */
export async function storedFiles({ format, path, where = {} }: Stored): Promise<readonly string[]> {
  if (path === STANDARD_INPUT) return [await standardInput()]
  const all = await files(path, format === 'parquet' ? '.parquet' : '.arrows')
  const kept = all.filter((file) => isInPartitions(file, where))
  if (kept.length > 0) return kept
  throw new BlindspotError(
    'bad-option',
    `${path}: expected files in folders that meet the conditions on ${Object.keys(where).join(', ')}, got none of ${all.length}, such as ${all[0]}`,
  )
}
