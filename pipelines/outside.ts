import { sep } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import type { Lake } from '../sinks/lake/lake.js'
import { absolute, isRemote } from '../sources/place.js'

/**
 * Checks that what is written is not the data set that it is made of, nor in it: that stays as it is.
 *
 * @throws BlindspotError `bad-option`
 */
export function requireOutside({ folder: root }: Pick<Lake, 'folder'>, out: string | undefined): void {
  if (out === undefined) return
  const place = absolute(out)
  if (place !== root && !place.startsWith(`${root}${isRemote(root) ? '/' : sep}`)) return
  throw new BlindspotError(
    'bad-option',
    `--out ${out} is ${place === root ? 'the data set' : 'in the data set'}, which stays as it is; choose another`,
  )
}
