import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomFor } from '../../operators/random.js'

const SIDE = 6

/** Bright squares in one of three corners, as IDX files of both splits; gives the folder. */
export function writeImages(folder: string, seed: number, count: number): string {
  mkdirSync(folder, { recursive: true })
  const head = (...numbers: number[]) => numbers.flatMap((n) => [0, 0, n >> 8, n & 255])
  for (const [i, split] of ['train', 't10k'].entries()) {
    const random = randomFor(seed, 'images', i)
    const labels = Array.from({ length: count }, (_, k) => k % 3)
    const pixels = labels.flatMap((label) =>
      Array.from({ length: SIDE * SIDE }, (_, at) => {
        const corner = (at % SIDE < 3 ? 0 : 1) + (at < 3 * SIDE ? 0 : 2)
        return Math.floor(random.uniform() * 90) + (corner === label ? 160 : 0)
      }),
    )
    const magic = (n: number) => [0, 0, 8, n]
    const images = [...magic(3), ...head(count, SIDE, SIDE), ...pixels]
    writeFileSync(join(folder, `${split}-images-idx3-ubyte`), Uint8Array.from(images))
    writeFileSync(
      join(folder, `${split}-labels-idx1-ubyte`),
      Uint8Array.from([...magic(1), ...head(count), ...labels]),
    )
  }
  return folder
}
