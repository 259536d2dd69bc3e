import { BlindspotError } from '../../operators/errors.js'
import type { NpyArray } from './npy.js'

/**
 * Labels of an array [n] or [n, 1], whole numbers from 0 of any type.
 *
 * @throws BlindspotError `bad-data`, naming the row
 */
export async function labelsOf(array: NpyArray): Promise<Int32Array> {
  const { place, shape, values } = array
  if (values !== 1)
    throw new BlindspotError(
      'bad-data',
      `${place}: expected a label for each image, [n] or [n, 1], got ${shape.join(' × ')}; of one-hot rows save numpy.argmax(…, axis=1)`,
    )
  const numbers = await array.rows(Int32Array.from({ length: shape[0] }, (_, row) => row))
  return Int32Array.from(numbers, (label, row) => {
    if (Number.isInteger(label) && label >= 0 && label < 2 ** 31) return label
    throw new BlindspotError('bad-data', `${place}: row ${row}: expected a label from 0, got ${label}`)
  })
}
