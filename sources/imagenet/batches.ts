import { isFloat32Array } from 'node:util/types'
import type { ImageBatch, ImageShape } from '../../operators/records/image.js'
import type { Unreadable } from '../../operators/records/unreadable.js'
import { BlindspotError } from '../../operators/errors.js'
import { writePixels } from '../levels.js'
import type { Photograph } from './layout.js'

/** How photographs become batches. */
export interface Batching {
  readonly dataset: string
  readonly split: string
  readonly batchSize: number
  readonly shape: ImageShape
  /** Photographs that are decoded at a time. */
  readonly concurrency: number
  /** The pixels of one, [height × width × channels]: bytes, or numbers from 0 to 1 as they are. */
  readonly decode: (bytes: Uint8Array) => Promise<Uint8Array | Float32Array>
}

/** A photograph's pixels, or why there are none. */
type Decoded = Pick<Photograph, 'index' | 'label' | 'path'> &
  ({ readonly pixels: Uint8Array | Float32Array } | { readonly reason: string })

/**
 * Decodes photographs, several at a time, and puts them into batches in their order. One that cannot be read takes its position
 * and is noted. An error of the stream of photographs comes after a batch of those before it.
 */
export async function* batchesOf(
  photographs: AsyncIterable<Photograph>,
  batching: Batching,
  signal: AbortSignal,
): AsyncGenerator<ImageBatch, void, undefined> {
  const { batchSize, shape, dataset, split } = batching
  const values = shape[0] * shape[1] * shape[2]
  let rows: Decoded[] = []
  const batch = (): ImageBatch => {
    const read = rows.filter((row) => 'pixels' in row)
    const unreadable = rows.flatMap((row): Unreadable[] =>
      'reason' in row ? [{ dataset, split, index: row.index, path: row.path, reason: row.reason }] : [],
    )
    rows = []
    const pixels = new Float32Array(read.length * values)
    read.forEach(({ pixels: own }, at) => {
      if (isFloat32Array(own)) pixels.set(own, at * values)
      else writePixels(own, pixels, at * values)
    })
    return {
      dataset,
      split,
      shape,
      index: Int32Array.from(read, ({ index }) => index),
      label: Int32Array.from(read, ({ label }) => label),
      path: read.map(({ path }) => path),
      pixels,
      ...(unreadable.length > 0 && { unreadable }),
    }
  }
  let failure: { readonly error: unknown } | undefined
  const decoded = decodedInOrder(photographs, batching, signal)
  try {
    for (;;) {
      const next = await decoded.next().catch((error: unknown) => {
        failure = { error }
        return undefined
      })
      if (!next || next.done) break
      rows.push(next.value)
      if (rows.length === batchSize) yield batch()
    }
    if (rows.length > 0) yield batch()
    if (failure) throw failure.error
  } finally {
    await decoded.return()
  }
}

async function* decodedInOrder(
  photographs: AsyncIterable<Photograph>,
  { concurrency, decode }: Batching,
  signal: AbortSignal,
): AsyncGenerator<Decoded, void, undefined> {
  const flying: Promise<Decoded>[] = []
  let failure: { readonly error: unknown } | undefined
  const stream = photographs[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await stream.next().catch((error: unknown) => {
        failure = { error }
        return undefined
      })
      if (!next || next.done) break
      if (signal.aborted) return
      const one = decodeOne(next.value, decode)
      one.catch(() => undefined) // seen when its turn comes
      flying.push(one)
      const first = flying.length >= concurrency ? flying.shift() : undefined
      if (first) yield await first
    }
    for (let first = flying.shift(); first; first = flying.shift()) yield await first
    if (failure) throw failure.error
  } finally {
    await stream.return?.()
  }
}

async function decodeOne(
  { index, label, path, bytes }: Photograph,
  decode: Batching['decode'],
): Promise<Decoded> {
  let encoded: Uint8Array | undefined
  try {
    encoded = typeof bytes === 'function' ? await bytes() : bytes
    return { index, label, path, pixels: await decode(encoded) }
  } catch (error) {
    // what is wrong with the program, the machine or the options is no fault of one photograph
    if (!(error instanceof BlindspotError)) throw error
    const isUnread = !encoded && ['io', 'bad-option'].includes(error.code) && !isOfAll(error.cause)
    const isOfOne = error.code === 'bad-data' || isUnread
    if (!isOfOne) throw error
    return { index, label, path, reason: error.message }
  }
}

/** Whether a file is not read for what the process has no more of. */
const isOfAll = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && ['EMFILE', 'ENFILE', 'ENOMEM'].includes(String(cause.code))
