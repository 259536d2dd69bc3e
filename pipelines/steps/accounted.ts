import { defer, identity as all, map, tap, type MonoTypeOperatorFunction, type OperatorFunction } from 'rxjs'
import type { ImageBatch } from '../../operators/records/image.js'
import { sliceRows } from '../../operators/records/sliceRows.js'
import type { Unreadable } from '../../operators/records/unreadable.js'

/** What was read of a source for one batch that an operator gave. */
export interface Read {
  /** Images that the operator got. */
  readonly images: number
  /** Positions of the source that are done with, those among them that could not be read. */
  readonly positions: number
  readonly unreadable: readonly Unreadable[]
  /** Images that come after these positions and are done with already, where a batch with unreadable ones was cut. */
  readonly taken: number
}

/** Options of `accounted`. */
export interface AccountOptions {
  /** Images at the beginning that are done with already. Default 0. */
  readonly taken?: number
  /** What leaves images out at the end of a batch, and ends the stream there: one batch for each, at once. Default: nothing. */
  readonly cut?: MonoTypeOperatorFunction<ImageBatch>
  /** Told that the source itself has ended. */
  readonly onEnd?: () => void
}

/**
 * Gives with each batch of an operator what it stands for in the source: the operator sees images alone, and a step goes on
 * by positions.
 *
 * @param operator gives one batch for each that it gets, in order
 */
export function accounted<Out>(
  operator: OperatorFunction<ImageBatch, Out>,
  { taken = 0, cut = all, onEnd = () => undefined }: AccountOptions = {},
): OperatorFunction<ImageBatch, { readonly out: Out; readonly read: Read }> {
  return (source) =>
    defer(() => {
      const entered: Read[] = []
      let left = taken
      let whole: ImageBatch | undefined
      let dropped = 0
      return source.pipe(
        tap({ complete: onEnd }),
        map((batch) => {
          const rows = batch.index.length
          dropped = Math.min(left, rows)
          left -= dropped
          whole = batch
          return dropped === 0 ? batch : sliceRows(batch, dropped, rows)
        }),
        cut,
        tap((batch) => entered.push(readOf(whole ?? batch, dropped, batch.index.length))),
        operator,
        map((out) => {
          const read = entered.shift()
          if (read) return { out, read }
          throw new Error('an operator gave more batches than it got')
        }),
        tap({
          complete() {
            if (entered.length > 0) throw new Error('an operator gave fewer batches than it got')
          },
        }),
      )
    })
}

/** What `images` of a batch stand for that come after `before` others. */
function readOf({ index, unreadable = [] }: ImageBatch, before: number, images: number): Read {
  const rows = before + images
  if (rows === index.length) return { images, positions: rows + unreadable.length, unreadable, taken: 0 }
  // where the unreadable ones stand between the images is not known: the batch is read again
  if (unreadable.length > 0) return { images, positions: 0, unreadable: [], taken: rows }
  return { images, positions: rows, unreadable, taken: 0 }
}
