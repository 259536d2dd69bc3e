import './allCores.js'
import { cpus, totalmem } from 'node:os'
import { markdownTable } from 'markdown-table'
import { lastValueFrom, toArray } from 'rxjs'
import { rank } from '../operators/rank.js'
import { gaussianDirections } from '../operators/ranking/basis.js'
import type { RankBatch } from '../operators/records/rank.js'
import { useBackend } from '../operators/tensor/backend.js'
import { tf } from '../operators/tensor/tf.js'
import { provenance } from '../pipelines/steps/provenance.js'
import { activationPool } from './activationPool.js'
import { median, peakMemory, resetPeak } from './measure.js'
import { rankParts } from './rankParts.js'
import { agreement, rankRival } from './rankRival.js'
import { settings } from './settings.js'

/**
 * Speed and memory of `rank` on a long stream of wide activations that cost nothing to make, as a share of the rate at which
 * this machine multiplies matrices of the same shapes, and beside numpy.
 *
 *     node dist/bench/rank.js [rows=N] [units=N] [directions=N] [top=N] [runs=N] [batchRows=N] [python=PATH] [numpyRows=N]
 *
 * `rows` is the length of the stream (1,280,000), `numpyRows` that of numpy's (as long; 0 for none), `runs` are those of
 * each setting (3). Gaussian directions; batch b is the window of one random pool that begins at b · stride.
 */
const { number, text } = settings(process.argv.slice(2))
const rows = number('rows', 1_280_000)
const units = number('units', 4096)
const directions = number('directions', 1000)
const top = number('top', 64)
const runs = number('runs', 3)
const batchRows = number('batchRows', 2048)
const numpyRows = number('numpyRows', rows)
const python = text('python', 'python3')
const SEED = 1
/** Pauses of a run in which the machine's rate is taken, and products in each pause. */
const PAUSES = 20
const PRODUCTS = 3

await useBackend()
const source = activationPool(rows, units, batchRows)
const matrix = tf.randomNormal([units, directions])
/** A batch, and half of one, which may be faster. */
const operands = [batchRows, Math.ceil(batchRows / 2)].map((n) => tf.randomUniform([n, units]))

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const whole = (value: number) => value.toFixed(0)
const gigaflops = (n: number, seconds: number) => (2 * n * units * directions) / seconds / 1e9
const spread = (values: readonly number[], format: (value: number) => string) =>
  `${format(median(values))} [${format(Math.min(...values))}, ${format(Math.max(...values))}]`

console.log(`${cpus()[0].model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`)
console.log(JSON.stringify(await provenance()))
console.log(
  `${rows} × ${units} activations in batches of ${batchRows}, ${directions} gaussian directions, top ${top}; ` +
    `pool of ${source.pool.length}, stride ${source.stride}; ${runs} runs`,
)

interface Run {
  readonly seconds: number
  /** Seconds of a row's product with resident operands, taken in the run's pauses. */
  readonly product: number
  /** MB of memory at a tenth, at half and at the end of the stream. */
  readonly peaks: readonly number[]
  readonly ranks: RankBatch
}

await run(Math.min(rows, 2 * batchRows), true)
const plain: Run[] = []
const controlled: Run[] = []
for (let i = 0; i < runs; i++) {
  plain.push(await run(rows, false))
  controlled.push(await run(rows, true))
  console.error(`run ${i + 1}: ${shares(plain)}, with control ${shares(controlled)}`)
}
const product = median([...plain, ...controlled].map((one) => one.product))
const parts = await rankParts(source, rows, directions, top, SEED)
const [numpy, agreed] = await besideNumpy()

const HEAD = ['by', 'rows', 'images/s', 'GFLOP/s', 'of matmul', 'share', 'peak MB at 1/10, 1/2, the end']
const table = [HEAD, rowOf('rank', plain), rowOf('rank, control', controlled), numpy]
console.log(`\nMedians [least, most]; matmul: of resident operands, in pauses of the same run.\n`)
console.log(`${markdownTable(table)}\n\n${agreed}`)

const perBatch = (seconds: number) => ((1000 * seconds * batchRows) / rows).toFixed(1)
const PARTS = [
  ['matmul of resident operands', perBatch(product * rows)],
  ['matmul with the copies in and out', perBatch(parts.projection)],
  ['lengths and mean', perBatch(parts.mean)],
  ['scan and exact products', perBatch(parts.ranking)],
  ['control', perBatch(parts.control)],
]
console.log(`\nBy parts, one more pass.\n\n${markdownTable([['part', 'ms per batch'], ...PARTS])}`)

async function run(count: number, control: boolean): Promise<Run> {
  const batches = Math.ceil(count / batchRows)
  const every = Math.ceil(batches / PAUSES)
  const marks = [0.1, 0.5].map((part) => Math.floor(part * batches))
  const peaks: number[] = []
  const products: number[][] = []
  let paused = 0
  const pause = async (batch: number) => {
    const began = performance.now()
    if (marks.includes(batch)) peaks.push(await peakMemory())
    if (batch % every === 0) products.push(...timeProducts())
    paused += performance.now() - began
  }
  await resetPeak()
  const began = performance.now()
  const [ranks] = await lastValueFrom(
    source
      .stream(count, pause)
      .pipe(rank({ basis: 'gaussian', count: directions, top, seed: SEED, control }), toArray()),
  )
  const seconds = (performance.now() - began - paused) / 1000
  peaks.push(await peakMemory())
  products.push(...timeProducts())
  const product = Math.min(...operands.map((_, shape) => median(products.map((times) => times[shape]))))
  return { seconds, product, peaks, ranks }
}

/** Seconds of a row's product, some times, for each of the shapes. */
function timeProducts(): number[][] {
  return Array.from({ length: PRODUCTS }, () =>
    operands.map((operand) => {
      const began = performance.now()
      tf.matMul(operand, matrix).dispose()
      return (performance.now() - began) / 1000 / operand.shape[0]
    }),
  )
}

function shares(done: readonly Run[]): string {
  return spread(
    done.map((one) => (one.product * rows) / one.seconds),
    percent,
  )
}

function rowOf(by: string, done: readonly Run[]): string[] {
  const each = (of: (one: Run) => number) => spread(done.map(of), whole)
  const peaks = [0, 1, 2].map((at) => whole(Math.max(...done.map((one) => one.peaks[at]))))
  return [
    by,
    String(rows),
    each(({ seconds }) => rows / seconds),
    each(({ seconds }) => gigaflops(rows, seconds)),
    each((one) => gigaflops(1, one.product)),
    shares(done),
    peaks.join(', '),
  ]
}

/** Numpy's row of the table, and how its images differ from ours. */
async function besideNumpy(): Promise<[row: string[], agreed: string]> {
  const skipped = (why: string): [string[], string] => [[`numpy: ${why}`, '', '', '', '', '', ''], '']
  if (numpyRows === 0) return skipped('not asked for')
  const single = Float32Array.from(gaussianDirections(units, directions, SEED))
  const theirs = await rankRival(python, source, single, numpyRows, top)
  if ('skipped' in theirs) return skipped(theirs.skipped)
  const { version, seconds, matmul } = theirs
  const row = [
    `numpy ${version}`,
    String(numpyRows),
    whole(numpyRows / seconds),
    whole(gigaflops(numpyRows, seconds)),
    whole(gigaflops(batchRows, matmul)),
    percent((matmul * numpyRows) / batchRows / seconds),
    '',
  ]
  const { ranks } = numpyRows === rows ? plain[0] : await run(numpyRows, false)
  const { entries, different, furthest } = agreement(ranks, theirs, top)
  return [
    row,
    `Of numpy's ${entries} images at the ends ${different} are not among ours; in its float32 they lie up to ` +
      `${furthest.toExponential(1)} beyond the last of ours.`,
  ]
}
