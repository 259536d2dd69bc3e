import { stream } from '../../operators/flow/stream.js'
import { join, dirname } from 'node:path'
import { ParquetWriter } from '../../sinks/parquet.js'
import { writeAll } from '../../sinks/writer.js'
import { readArrow } from '../../sources/arrow.js'
import { STANDARD_INPUT, standardInput } from '../../sources/standardInput.js'
import { isOfInput } from '../../sources/storedSource.js'
import { interrupt } from './command.js'

/** Reads what is piped in to its end, where a source is of it: who waits for it can be interrupted. */
export async function readInput(source: string | undefined): Promise<void> {
  if (source !== undefined && isOfInput(source)) await standardInput(interrupt.signal)
}

/** The path of examples; of those that are piped in the file in which they are until the process ends. */
export async function examplesPath(path: string): Promise<string> {
  if (path !== STANDARD_INPUT) return path
  const { signal } = interrupt
  const arrow = await standardInput(signal)
  // scoring reads Parquet: its rows are counted and found without reading all
  const parquet = join(dirname(arrow), 'standard-input.parquet')
  const batches = stream(() => readArrow(arrow))
  await writeAll(new ParquetWriter(parquet), batches, { signal })
  return parquet
}
