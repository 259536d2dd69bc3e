import { BlindspotError } from '../../operators/errors.js'
import type { LakeFile } from '../../sinks/lake/lake.js'

/**
 * A number that a step noted beside a committed file, such as how many images it had read by then.
 *
 * @throws BlindspotError `bad-data` for anything but a whole number from 0: going on from it would lose or repeat rows
 */
export function notedCount({ path, metadata }: Pick<LakeFile, 'path' | 'metadata'>, name: string): number {
  const value = metadata[name]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new BlindspotError(
    'bad-data',
    `${path}: expected a number of ${name} in its metadata in manifest.json, got ${JSON.stringify(value)}; restore the manifest`,
  )
}
