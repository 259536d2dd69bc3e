import type { AttackStats } from '../operators/engine/queue.js'
import { cpus, totalmem } from 'node:os'
import { markdownTable } from 'markdown-table'
import { attack } from '../operators/attack.js'
import { defaultWorkers } from '../operators/engine/threads.js'
import { decoupledDirectionNorm } from '../operators/decoupledDirectionNorm.js'
import { deepFool } from '../operators/deepFool.js'
import { useBackend } from '../operators/tensor/backend.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { provenance } from '../pipelines/steps/provenance.js'
import { correctImages, firstPixels } from './correctImages.js'
import { mean, measure, median, peakMemory, ratioOfMeans, resetPeak, type Measured } from './measure.js'
import { networksAsked } from './networks.js'
import { rivals, type Rival } from './rivals.js'

/**
 * Speed, cost and quality of the attack in its steady state, beside other methods and other implementations, on the
 * same correctly classified images with the same random targets.
 *
 *     node dist/bench/attack.js [MODEL…] [limit=N] [runs=N] [rivals=N] [data=SOURCE] [seed=N]
 *                               [workers=N] [batchSize=N] [python=PATH]
 *
 * MODEL: folders of networks, by default those of `blindspot paper`. `limit` images in each run (2048), `runs` by the
 * clock after one that is not (3), the first `rivals` of the images for Python's implementations (64; 0 for none),
 * which bench/requirements.txt lists. The images are in memory, the rows are dropped; start-up is not in the rate.
 */
const { models, number, text } = await networksAsked(process.argv.slice(2))
const limit = number('limit', 2048)
const runs = number('runs', 3)
const compared = number('rivals', 64)
const seed = number('seed', 1)
const batchSize = number('batchSize', 256)
const workers = number('workers', defaultWorkers())
const data = text('data', 'mnist:test')
const python = text('python', 'python3')

type Row = readonly string[]
const ENGINE = [
  'network',
  'images/s [least, most]',
  'evaluations',
  'iterations',
  'occupancy',
  'of the time: network, search',
  'peak MB',
  'success',
  'distortion',
  'polished',
  'over scipy',
  'polished over scipy',
]
const OTHERS = [
  'network',
  'by',
  'images',
  'images/s',
  'evaluations',
  'success',
  'distortion',
  'over attack',
  'attack is faster',
]

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const speedOf = ({ images, seconds }: Measured) => images / median(seconds)
const numbersOf = (distortions: readonly (number | null)[]) => distortions.map((value) => value ?? NaN)

await useBackend()
console.log(`${cpus()[0].model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`)
console.log(JSON.stringify(await provenance()))
console.log(
  `${data}, at most ${limit} images that the network gets right, random targets, seed ${seed}; batchSize ${batchSize}, ` +
    `workers ${workers || 'default'}; median of ${runs} runs; others in Python on ${compared} images, one thread`,
)

const engine: Row[] = []
const others: Row[] = []
for (const path of models) {
  const [engineRow, otherRows] = await bench(path)
  engine.push(engineRow)
  others.push(...otherRows)
  console.error(`${engineRow[0]}: ${engineRow[1]} images/s`)
}
console.log(
  `\nPer image; distortions are RMS, means over the successes.\n\n${markdownTable([ENGINE, ...engine])}`,
)
console.log(`\nThe same images and targets by others.\n\n${markdownTable([OTHERS, ...others])}`)

async function bench(path: string): Promise<[engine: Row, others: Row[]]> {
  const classifier = await loadClassifier(path)
  const { name } = classifier
  const images = await correctImages(classifier, data, limit)
  await resetPeak()
  let stats: AttackStats | undefined
  const options = {
    seed,
    batchSize,
    workers,
    onStats: (told: AttackStats) => (stats = told),
  }
  const ours = await measure(images, attack(classifier, options), runs)
  const peak = await peakMemory()
  const methods: [string, Measured][] = [
    ['deepFool', await measure(images, deepFool(classifier, { seed, batchSize, goal: 'random' }), 1)],
    ['DDN', await measure(images, decoupledDirectionNorm(classifier, { seed, batchSize }), 1)],
  ]
  classifier.dispose()
  const targets = ours.targets.slice(0, compared)
  const found =
    targets.length > 0 ? await rivals(python, path, firstPixels(images, targets.length), targets) : []
  return [
    engineRow(name, ours, stats, peak, found),
    [
      methodRow(name, 'attack', ours, ours),
      ...methods.map(([by, theirs]) => methodRow(name, by, theirs, ours)),
      ...found.map((rival) => rivalRow(name, rival, ours)),
    ],
  ]
}

function engineRow(
  name: string,
  ours: Measured,
  stats: AttackStats | undefined,
  peak: number,
  found: readonly Rival[],
): Row {
  const rates = ours.seconds.map((seconds) => ours.images / seconds)
  const [least, most] = [Math.min(...rates), Math.max(...rates)].map((rate) => rate.toFixed(0))
  const scipy = found.find((rival) => rival.name === 'scipy')
  const overScipy = (distortions: readonly number[]) =>
    scipy && 'distortions' in scipy
      ? ratioOfMeans(distortions, numbersOf(scipy.distortions)).toFixed(5)
      : 'no scipy'
  const seconds = stats && [stats.seconds.network, stats.seconds.search]
  const all = seconds?.reduce((sum, part) => sum + part, 0) ?? NaN
  return [
    name,
    `${speedOf(ours).toFixed(0)} [${least}, ${most}]`,
    ours.evaluations.toFixed(1),
    ours.iterations.toFixed(1),
    stats ? percent(stats.evaluations / stats.slots) : 'not told',
    seconds?.map((part) => percent(part / all)).join(', ') ?? 'not told',
    peak.toFixed(0),
    percent(ours.successes / ours.images),
    ours.distortion.toFixed(5),
    ours.polished.toFixed(5),
    overScipy(ours.distortions),
    overScipy(ours.polishedDistortions),
  ]
}

function methodRow(name: string, by: string, theirs: Measured, ours: Measured): Row {
  return [
    name,
    by,
    String(theirs.images),
    speedOf(theirs).toFixed(0),
    theirs.evaluations.toFixed(1),
    percent(theirs.successes / theirs.images),
    theirs.distortion.toFixed(5),
    ratioOfMeans(theirs.distortions, ours.distortions).toFixed(4),
    (speedOf(ours) / speedOf(theirs)).toFixed(1),
  ]
}

function rivalRow(name: string, rival: Rival, ours: Measured): Row {
  if ('skipped' in rival) return [name, rival.name, `skipped: ${rival.skipped}`, '', '', '', '', '', '']
  const distortions = numbersOf(rival.distortions)
  const successes = distortions.filter((value) => !Number.isNaN(value))
  const speed = distortions.length / rival.seconds
  return [
    name,
    `${rival.name} ${rival.version}`,
    String(distortions.length),
    speed.toFixed(1),
    '',
    percent(successes.length / distortions.length),
    mean(distortions).toFixed(5),
    ratioOfMeans(distortions, ours.distortions).toFixed(4),
    (speedOf(ours) / speed).toFixed(0),
  ]
}
