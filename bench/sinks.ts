/**
 * Rows per second and peak memory of the Parquet and Arrow sinks and sources.
 *
 *   node dist/bench/sinks.js [examples] [scores]
 */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TABLES } from '../operators/records/tables.js'
import type { AdversarialBatch } from '../operators/records/adversarial.js'
import { ArrowWriter } from '../sinks/arrow.js'
import { ParquetWriter } from '../sinks/parquet.js'
import { readArrow } from '../sources/arrow.js'
import { readParquet } from '../sources/parquet.js'
import { readExamples, readScores } from '../sources/records.js'

const [examples = 60_000, scores = 1_000_000] = process.argv.slice(2).map(Number)
const VALUES = 784

/** Made-up examples: digits are four fifths black, and an adversarial image differs from its original everywhere. */
function batchOf(start: number, n: number): AdversarialBatch {
  const original = Float32Array.from({ length: n * VALUES }, (_, i) =>
    i % 784 < 627 ? 0 : ((i * 2654435761) % 256) / 255,
  )
  const integers = (value: number) => new Int32Array(n).fill(value)
  const numbers = (value: number) => new Float64Array(n).fill(value)
  return {
    run: 'bench',
    sourceModel: 'FC100-100-10',
    dataset: 'mnist',
    split: 'train',
    method: 'l-bfgs',
    goal: 'random',
    shape: [28, 28, 1],
    index: Int32Array.from({ length: n }, (_, i) => start + i),
    label: integers(3),
    target: integers(5),
    prediction: integers(3),
    adversarialPrediction: integers(5),
    status: new Uint8Array(n),
    reason: new Uint8Array(n),
    distortion: numbers(0.06),
    l2: numbers(1.7),
    relativeL2: numbers(0.2),
    linf: numbers(0.3),
    c: numbers(2.4),
    margin: numbers(1e-3),
    polishedDistortion: numbers(0.0009),
    residual: numbers(1e-4),
    bracketWidth: numbers(1e-3),
    monotone: new Int32Array(n),
    solves: integers(4),
    iterations: integers(14),
    evaluations: integers(30),
    original,
    adversarial: original.map((value, i) => Math.min(1, value + ((i * 40503) % 1000) * 1e-4)),
  }
}

async function timed(what: string, rows: number, work: () => Promise<unknown>) {
  const started = performance.now()
  await work()
  const seconds = (performance.now() - started) / 1000
  const peak = process.resourceUsage().maxRSS / 1024
  console.log(
    `${what.padEnd(28)} ${Math.round(rows / seconds)} rows/s, ${seconds.toFixed(1)} s, peak ${Math.round(peak)} MB`,
  )
}

async function drain(batches: AsyncIterable<unknown>) {
  for await (const batch of batches) if (batch === undefined) break
}

const folder = await mkdtemp(join(tmpdir(), 'blindspot-bench-'))
const [images, table, stream] = ['examples.parquet', 'scores.parquet', 'examples.arrows'].map((name) =>
  join(folder, name),
)
try {
  const some = batchOf(0, 500)
  const rows = Math.ceil(examples / 500) * 500
  await timed('write examples, Parquet', rows, async () => {
    const writer = new ParquetWriter(images)
    for (let start = 0; start < rows; start += 500)
      await writer.write(TABLES.examples.toArrow({ ...some, index: some.index.map((i) => i + start) }))
    await writer.close()
  })
  await timed('read examples, Parquet', rows, () => drain(readExamples(images)))
  await timed('read without images', rows, () => drain(readExamples(images, { images: false })))
  await timed('read two columns', rows, () =>
    drain(readParquet(images, { columns: ['index', 'distortion'] })),
  )
  await timed('write examples, Arrow', rows, async () => {
    const writer = new ArrowWriter(stream)
    for (let start = 0; start < rows; start += 500) await writer.write(TABLES.examples.toArrow(some))
    await writer.close()
  })
  await timed('read examples, Arrow', rows, () => drain(readArrow(stream)))
  const n = 1000
  const bytes = new Uint8Array(n)
  await timed('write scores, Parquet', scores, async () => {
    const writer = new ParquetWriter(table)
    for (let start = 0; start < scores; start += n)
      await writer.write(
        TABLES.scores.toArrow({
          run: 'bench',
          sourceModel: 'FC10(1)',
          model: 'AE400-10',
          kind: 'adversarial',
          method: 'l-bfgs',
          goal: 'random',
          stddev: NaN,
          seed: NaN,
          clip: false,
          quality: -1,
          dataset: 'mnist',
          split: 'test',
          index: Int32Array.from({ length: n }, (_, i) => start + i),
          label: new Int32Array(n),
          target: new Int32Array(n).fill(2),
          prediction: new Int32Array(n),
          error: bytes,
          cleanError: bytes,
        }),
      )
    await writer.close()
  })
  await timed('read scores, Parquet', scores, () => drain(readScores(table)))
  for (const path of [images, stream, table])
    console.log(path.split('/').at(-1), (await stat(path)).size, 'bytes')
} finally {
  await rm(folder, { recursive: true })
}
