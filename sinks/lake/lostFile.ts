import { BlindspotError } from '../../operators/errors.js'
import { disk } from '../../sources/store.js'
import type { LakeFile } from './lake.js'

/** A committed file: where it is, and its name in its data set. */
type Place = Pick<LakeFile, 'path' | 'file'>

/** The error of a committed file that is gone, or cut off. */
export const lostFile = (
  { path, file }: Place,
  what: 'not there' | 'cut off' = 'not there',
): BlindspotError =>
  new BlindspotError(
    'bad-data',
    `${path} is ${what}, and was committed; bring it back, or run again the command that made it, which makes it again ` +
      `(blindspot verify ${path.slice(0, -file.length - 1)} finds all that is lost)`,
  )

/**
 * What reading committed files failed with: that one of them is gone, where one is; else the error as it came, as what reads a file
 * does not know that it was committed.
 */
export async function orLost(error: unknown, files: readonly Place[]): Promise<unknown> {
  if (!(error instanceof BlindspotError)) return error
  for (const file of files) if ((await disk.stamp(file.path)) === undefined) return lostFile(file)
  return error
}
