import { basename, dirname, join, sep } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import type { Lake } from '../sinks/lake/lake.js'
import { absolute, isRemote } from '../sources/place.js'
import { disk } from '../sources/store.js'

/**
 * Checks that what is written is not the data set that it is made of, nor in it, also by a link: that stays as it is.
 *
 * @throws BlindspotError `bad-option`
 */
export async function requireOutside(
  { folder }: Pick<Lake, 'folder'>,
  out: string | undefined,
): Promise<void> {
  if (out === undefined) return
  const [root, place] = [await realPlace(folder), await realPlace(absolute(out))]
  if (place !== root && !place.startsWith(`${root}${isRemote(root) ? '/' : sep}`)) return
  throw new BlindspotError(
    'bad-option',
    `--out ${out} is ${place === root ? 'the data set' : 'in the data set'}, which stays as it is; choose another`,
  )
}

/** A place without links; of what is not there as yet its folder's. */
async function realPlace(place: string): Promise<string> {
  if (isRemote(place)) return place
  const [real, above] = [await disk.real(place), dirname(place)]
  if (real !== undefined || above === place) return real ?? place
  return join(await realPlace(above), basename(place))
}
