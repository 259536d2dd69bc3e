import { cpus } from 'node:os'
import { join } from 'node:path'
import { markdownTable } from 'markdown-table'
import { from, lastValueFrom, reduce } from 'rxjs'
import { lossGradient } from '../operators/classifier/lossGradient.js'
import { attack } from '../operators/attack.js'
import { inputSize } from '../operators/classifier.js'
import { SEARCH_DEFAULTS } from '../operators/minimize/searchDefaults.js'
import { Vectors } from '../operators/minimize/vectors.js'
import type { AttackStats } from '../operators/engine/queue.js'
import { useBackend } from '../operators/tensor/backend.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { readModelFile } from '../operators/tensor/modelFile.js'
import { tf } from '../operators/tensor/tf.js'
import { provenance } from '../pipelines/steps/provenance.js'
import { correctImages, firstPixels } from './correctImages.js'
import { median } from './measure.js'
import { networksAsked } from './networks.js'

/**
 * Where one thread's time goes in an attack, per evaluation, and how far each part is from what this machine can do.
 *
 *     node dist/bench/parts.js [MODEL…] [limit=N] [runs=N] [batchSize=N]
 *
 * The network's part is beside its matrix products at the rate of a large one; the search's beside its vectors' bytes at
 * the rate of the kernel's simplest pass over as much memory. Networks of dense layers.
 */
const { models, number } = await networksAsked(process.argv.slice(2))
const limit = number('limit', 2048)
const runs = number('runs', 15)
const batchSize = number('batchSize', 256)
const backend = await useBackend()
console.log(`${cpus()[0].model}, ${cpus().length} cores, one thread`)
console.log(JSON.stringify(await provenance()))
console.log(
  `backend ${backend.name}; mnist:test, ${limit} images, batchSize ${batchSize}; medians of ${runs}\n`,
)

/** Microseconds of a call, the median of `runs` after one that is not counted. */
function microseconds(work: () => void): number {
  work()
  return median(
    Array.from({ length: runs }, () => {
      const began = performance.now()
      work()
      return (performance.now() - began) * 1000
    }),
  )
}

const SIDE = 1024
const square = tf.randomNormal([SIDE, SIDE])
// tidy would look for tensors in each number that it is given back
const product = microseconds(() => tf.tidy(() => void tf.matMul(square, square).dataSync()))
const flopsRate = (2 * SIDE ** 3) / product // per µs
square.dispose()

/** Vectors that an iteration's passes read and write, with a full history of m pairs (kernel.ts), and an evaluation's. */
const iterationVectors = (m: number) => 10 + 7 * (m - 1) + 7 + 6 * (m - 1) + 4 + 4
const EVALUATION_VECTORS = 7

const rows: string[][] = []
for (const path of models) {
  const classifier = await loadClassifier(path)
  const size = inputSize(classifier)
  const images = await correctImages(classifier, 'mnist:test', limit)
  let stats: AttackStats | undefined
  const options = { batchSize, workers: 0, onStats: (now: AttackStats) => (stats = now) }
  const iterations = await lastValueFrom(
    from(images).pipe(
      attack(classifier, options),
      reduce((sum, batch) => sum + batch.iterations.reduce((a, b) => a + b, 0), 0),
    ),
  )
  if (stats === undefined) continue
  const { evaluations, seconds } = stats
  const [network, search] = [seconds.network, seconds.search].map((s) => (s * 1e6) / evaluations)

  const pixels = firstPixels(images, batchSize)
  const targets = new Int32Array(batchSize).fill(1)
  const gradient = microseconds(() => lossGradient(classifier, pixels, targets)) / batchSize
  const transfers =
    microseconds(() =>
      tf.tidy(() => void tf.tensor2d(pixels, [batchSize, size]).add(tf.scalar(0)).dataSync()),
    ) / batchSize
  const file = await readModelFile(path.endsWith('.json') ? path : join(path, 'model.json'))
  const weights = file.specs.filter(({ shape }) => shape.length === 2)
  // a product forward and one backward
  const flops = weights.reduce((sum, { shape: [inputs, units] }) => sum + 4 * inputs * units, 0)

  const vectors = new Vectors(size, 0, 1)
  const sets = Array.from({ length: batchSize * 12 }, () => vectors.allocate())
  const pass =
    microseconds(() => {
      for (const [i, at] of sets.entries())
        vectors.kernel.addStep(at, 0.5, sets[i ^ 1], sets[i ^ 2], vectors.n)
    }) / sets.length
  const bytesRate = (4 * 4 * size) / pass // per µs
  const perIteration = iterationVectors(SEARCH_DEFAULTS.memory) * (iterations / evaluations)
  const bytes = (perIteration + EVALUATION_VECTORS) * 4 * size
  rows.push([
    classifier.name,
    network.toFixed(1),
    gradient.toFixed(1),
    transfers.toFixed(1),
    (flops / flopsRate).toFixed(1),
    search.toFixed(1),
    (bytes / bytesRate).toFixed(1),
    (evaluations / iterations).toFixed(2),
  ])
  classifier.dispose()
}
const head = [
  'network',
  'network',
  'its gradient, alone',
  'of it copies in and out',
  'its products at the rate of 1024³',
  'search',
  'its bytes at the rate of one pass',
  'evaluations per iteration',
]
console.log(markdownTable([head, ...rows], { align: ['l', ...head.slice(1).map(() => 'r')] }))
console.log(`\nµs per evaluation; 1024³: ${(flopsRate / 1000).toFixed(0)} GFLOP/s`)
