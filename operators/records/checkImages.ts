import { Vector, type RecordBatch } from 'apache-arrow'
import { boxOf } from './boxNote.js'
import { asFloat32 } from './payload.js'
import { RowError } from './rowError.js'
import { columnOf } from './rows.js'

/**
 * Checks images: of rows that have the last of `names`, all of them are finite and, where one is given, within a box: that
 * which is given, or that which the file notes.
 *
 * @throws RowError `bad-data`, naming row, column and position
 */
export function checkImages(
  stored: RecordBatch,
  names: readonly string[],
  given?: readonly [number, number],
): void {
  const batch = asFloat32(stored)
  const box = given ?? boxOf(batch)
  const [low, high] = box ?? [-Number.MAX_VALUE, Number.MAX_VALUE]
  const counted = columnOf(batch, names[names.length - 1])
  for (const name of names) {
    const column: Vector = columnOf(batch, name)
    for (let row = 0; row < column.length; row++) {
      if (!counted.isValid(row)) continue
      const image: unknown = column.get(row)
      // what is no list is refused where it is converted
      if (!(image instanceof Vector)) continue
      const pixels = image.toArray() as Float32Array
      for (let at = 0; at < pixels.length; at++) {
        if (pixels[at] >= low && pixels[at] <= high) continue
        const expected = box ? `values from ${low} to ${high}` : 'finite values'
        throw new RowError(row, name, expected, `${pixels[at]} at ${at}`)
      }
    }
  }
}
