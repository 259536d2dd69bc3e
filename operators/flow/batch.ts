import type { MonoTypeOperatorFunction } from 'rxjs'
import { UNIT_BOX } from '../minimize/box.js'
import type { ImageBatch } from '../records/image.js'
import { sliceRows } from '../records/sliceRows.js'
import { asyncOperator } from './asyncOperator.js'
import { positiveInteger } from './positiveInteger.js'

/**
 * Regroups image batches to exactly `size` rows; the last one may be shorter, as may the last before the
 * data set, the split or the shape changes.
 *
 * Order is kept, empty batches vanish. Images that could not be read are noted once, in the group in which their batch
 * begins, which is empty where no images follow. Rows are copied only where batches have to be joined: a batch that
 * fits is passed on itself, a part of one is a view of it.
 *
 * @example
 * await consume(mnist('test', { batchSize: 1000 }).pipe(batch(64)), ({ index }) => console.log(index.length))
 */
export function batch(size: number): MonoTypeOperatorFunction<ImageBatch> {
  positiveInteger('batch', 'size', size)
  return asyncOperator<ImageBatch, ImageBatch>(0, async (input, out) => {
    let parts: ImageBatch[] = []
    let rows = 0
    const flush = async () => {
      const joined = join(parts)
      parts = []
      rows = 0
      if (joined) await out.emit(joined)
    }
    for await (const images of input) {
      if (parts.length > 0 && !alike(parts[0], images)) await flush()
      const count = images.index.length
      if (count === 0 && images.unreadable?.length) parts.push(images)
      for (let from = 0; from < count && !out.signal.aborted;) {
        const to = Math.min(count, from + size - rows)
        parts.push(rowsOf(images, from, to))
        rows += to - from
        from = to
        if (rows === size) await flush()
      }
    }
    await flush()
  })
}

function alike(a: ImageBatch, b: ImageBatch): boolean {
  const same = (of: (images: ImageBatch) => readonly number[]) =>
    of(a).every((value, i) => value === of(b)[i])
  const sample = a.dataset === b.dataset && a.split === b.split
  return sample && same(({ shape }) => shape) && same(({ box }) => box ?? UNIT_BOX)
}

function rowsOf(images: ImageBatch, from: number, to: number): ImageBatch {
  if (from === 0 && to === images.index.length) return images
  const { unreadable, ...image } = images
  return { ...sliceRows(image, from, to), ...(from === 0 && unreadable && { unreadable }) }
}

function join(parts: readonly ImageBatch[]): ImageBatch | undefined {
  if (parts.length <= 1) return parts.at(0)
  const unreadable = parts.flatMap((part) => part.unreadable ?? [])
  const noted = unreadable.length > 0 && { unreadable }
  const filled = parts.filter(({ index }) => index.length > 0)
  if (filled.length <= 1) return { ...(filled.at(0) ?? parts[0]), ...noted }
  const rows = filled.reduce((sum, part) => sum + part.index.length, 0)
  const values = filled.reduce((sum, part) => sum + part.pixels.length, 0)
  const joined = {
    ...filled[0],
    ...noted,
    index: new Int32Array(rows),
    label: new Int32Array(rows),
    pixels: new Float32Array(values),
    ...(filled[0].path && { path: filled.flatMap(({ path = [] }) => path) }),
  }
  let row = 0
  let value = 0
  for (const part of filled) {
    joined.index.set(part.index, row)
    joined.label.set(part.label, row)
    joined.pixels.set(part.pixels, value)
    row += part.index.length
    value += part.pixels.length
  }
  return joined
}
