import { basename, dirname, join } from 'node:path'
import { bad } from './bad.js'
import { BYTES, type WeightGroup, type WeightSpec } from './modelJson.js'
import { readInto, sizeOf } from './ordinaryFile.js'

/** Bytes of weights at most: a thousand million of float32. */
const MOST_BYTES = 2 ** 32

export const bytesOf = ({ dtype, quantization, shape }: WeightSpec): number =>
  shape.reduce((product, size) => product * size, BYTES[quantization?.dtype ?? dtype])

/**
 * The bytes of a model's weights, group after group. All sizes are compared before anything is read.
 *
 * @throws BlindspotError `bad-model`, naming the file
 */
export async function readWeights(
  file: string,
  groups: readonly WeightGroup[],
): Promise<Uint8Array<ArrayBuffer>> {
  const shards: { readonly name: string; readonly size: number }[] = []
  for (const { paths, weights } of groups) {
    const own: typeof shards = []
    for (const path of paths) {
      const name = join(dirname(file), path)
      own.push({ name, size: await sizeOf(name, `, but ${basename(file)} names it`) })
    }
    const expected = sum(weights.map(bytesOf))
    const actual = sum(own.map(({ size }) => size))
    if (actual !== expected) {
      const names = own.length > 0 ? own.map(({ name }) => name).join(', ') : `${file}: weightsManifest`
      throw bad(names, `has ${actual} bytes, but ${basename(file)} describes weights of ${expected}`)
    }
    shards.push(...own)
  }
  const total = sum(shards.map(({ size }) => size))
  if (total > MOST_BYTES) throw bad(file, `has weights of ${total} bytes; at most ${MOST_BYTES} can be used`)
  const bytes = new Uint8Array(total)
  let at = 0
  for (const { name, size } of shards) await readInto(name, bytes.subarray(at, (at += size)))
  return bytes
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
