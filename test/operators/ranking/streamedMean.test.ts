import t from 'tap'
import { randomFor } from '../../../operators/random.js'
import { StreamedMean } from '../../../operators/ranking/streamedMean.js'
import { activationBatches, type Image } from '../../oracle/ranking.js'

const IMAGES = 150
const random = randomFor(3, 'activations')

/** Images whose values are of any size: most small, some large, where the kernel has done some columns or none. */
function imagesOf(units: number): readonly Image[] {
  const large = new Set([0, 255, 256, 300, 511, 512, units - 1])
  const valueOf = (index: number, unit: number) => {
    if (large.has(unit) && index % 11 === unit % 11) return random.gaussian() * 1e30
    return (random.uniform() - 0.3) * 2 ** (random.uniform() * 14 - 7)
  }
  return Array.from({ length: IMAGES }, (_, index) => ({
    dataset: 'made',
    split: 'test',
    index,
    label: 0,
    x: Float32Array.from({ length: units }, (_, unit) => valueOf(index, unit)),
  }))
}

/** The float32 as a multiple of 2^-149. */
const multiple = (x: number) => BigInt(x * 2 ** 75) * 2n ** 74n

/** Rounded once at the end. */
function exactMean(images: readonly Image[], unit: number): number {
  const sum = images.reduce((sum, { x }) => sum + multiple(x[unit]), 0n)
  return Number((sum * 2n ** 60n) / BigInt(images.length)) / 2 ** 104 / 2 ** 105
}

t.test('the mean is exact, and the same bits in any batches', (t) => {
  for (const units of [1, 7, 8, 255, 600]) {
    const images = imagesOf(units)
    const found = [{ batchSize: 1 }, { batchSize: 7, shuffle: 1 }, { batchSize: 64, shuffle: 2 }, {}].map(
      (order) => {
        const mean = new StreamedMean(units)
        for (const batch of activationBatches(images, order)) {
          const lengths = mean.add(batch)
          for (const [row, index] of batch.index.entries()) {
            const length = Math.hypot(...Array.from(images[index].x))
            if (!(Math.abs(lengths[row] / length - 1) < 1e-12)) t.fail(`length of ${index}: ${lengths[row]}`)
          }
        }
        return mean.mean()
      },
    )
    for (const other of found.slice(1)) t.same(other, found[0], `${units} units`)
    const off = found[0].map((mean, unit) => {
      const exact = exactMean(images, unit)
      return Math.abs(mean - exact) / (2 ** -41 + 2 ** -50 * Math.abs(exact))
    })
    t.ok(Math.max(...off) <= 1, `${units} units: off by ${Math.max(...off)} of what is allowed`)
  }
  t.end()
})

t.test('a value that is not finite, wherever it is, is an error that names the image', (t) => {
  for (const value of [NaN, Infinity, -Infinity])
    for (const [index, unit] of [
      [0, 0],
      [5, 299],
      [149, 599],
    ]) {
      const [batch] = activationBatches(imagesOf(600), { batchSize: IMAGES })
      batch.values[index * 600 + unit] = value
      t.throws(
        () => new StreamedMean(600).add(batch),
        {
          name: 'BlindspotError',
          code: 'bad-data',
          message: new RegExp(`image ${index}: .*of unit ${unit};`),
        },
        `${index} ${unit}`,
      )
    }
  t.end()
})
