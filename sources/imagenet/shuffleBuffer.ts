import { randomFor } from '../../operators/random.js'
import type { Photograph } from './layout.js'

/** Photographs in the buffer at most. */
const MOST = 1024
/** Bytes of theirs, encoded, at most; one more photograph may be in it. */
const MOST_BYTES = 2 ** 26

/**
 * A stream in another order: of those that wait in a buffer one is drawn, and the next one takes its place. What is far apart in the
 * stream stays so: shards should have been shuffled when they were written.
 *
 * The order is a function of the stream, its names and the seed alone.
 *
 * @param skip how many are left out at the beginning of the new order
 */
export async function* shuffleBuffer<P extends Photograph>(
  photographs: AsyncGenerator<P, void, undefined>,
  seed: number,
  dataset: string,
  split: string,
  skip: number,
): AsyncGenerator<P, void, undefined> {
  const random = randomFor(seed, 'shuffle buffer', dataset, split)
  const buffer: P[] = []
  let bytes = 0
  let drawn = 0
  const draw = (): P => {
    const at = random.integer(buffer.length)
    const photograph = buffer[at]
    buffer[at] = buffer[buffer.length - 1]
    buffer.pop()
    bytes -= sizeOf(photograph)
    return photograph
  }
  for await (const photograph of photographs) {
    buffer.push(photograph)
    bytes += sizeOf(photograph)
    while (buffer.length > MOST || (bytes > MOST_BYTES && buffer.length > 1)) {
      const next = draw()
      if (drawn++ >= skip) yield next
    }
  }
  while (buffer.length > 0) {
    const next = draw()
    if (drawn++ >= skip) yield next
  }
}

const sizeOf = ({ bytes }: Photograph) => (typeof bytes === 'function' ? 0 : bytes.length)
