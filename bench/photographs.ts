import { cpus, loadavg, totalmem } from 'node:os'
import { markdownTable } from 'markdown-table'
import { useBackend } from '../operators/tensor/backend.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { modelReference } from '../operators/tensor/modelReference.js'
import { provenance } from '../pipelines/steps/provenance.js'
import { correctImages, firstPixels } from './correctImages.js'
import { mean, ratioOfMeans } from './measure.js'
import { photographAttack } from './photographAttack.js'
import { networkSpeed } from './photographNetwork.js'
import { photographRival } from './photographRival.js'
import { settings } from './settings.js'

/**
 * Photographs: the network's speed beside TensorFlow.js alone, and the attack's cost and quality, with random targets.
 *
 *     node dist/bench/photographs.js MODEL… data=imagenet:PATH [parts=network,attack] [limit=N] [workers=N] [seed=N] [runs=N] [rivals=N] [python=PATH]
 *
 * `limit` images that the network gets right (256, or as many as there are), `rivals` of them for scipy's L-BFGS-B through the same network (0;
 * it takes some hundred passes an image), `runs` by the clock of each of the network's works (7), 6 images at once.
 */
const TOGETHER = 6
const { named: models, number, text } = settings(process.argv.slice(2))
const data = text('data', 'imagenet:imagenet')
const limit = number('limit', 256)
const parts = text('parts', 'network,attack').split(',')
const seed = number('seed', 1)
const runs = number('runs', 7)
const compared = number('rivals', 0)
const asked = text('workers', 'default')
const python = text('python', 'python3')

const { threads } = await useBackend()
console.log(
  `${cpus()[0].model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB; load ${loadavg()[0].toFixed(1)} at the start`,
)
console.log(JSON.stringify(await provenance()))
console.log(
  `${data}, at most ${limit} images that the network gets right, random targets, seed ${seed}; workers ${asked}, ` +
    `${threads} thread an operation; medians of ${runs} for the network`,
)

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const NETWORK = ['network', 'forward, images/s', 'of TensorFlow.js', 'gradient, images/s', 'of TensorFlow.js']
const ATTACK = [
  'network',
  'images',
  'success',
  'distortion',
  'polished',
  'evaluations',
  'occupancy',
  'network’s share',
  'images/s',
  'processor s an image',
  'peak MB',
  'in the box',
]
const RIVAL = [
  'network',
  'scipy',
  'images',
  'attack',
  'scipy, RMS',
  'attack over scipy',
  'evaluations of scipy',
  'seconds an image',
]
const tables = { network: [NETWORK], attack: [ATTACK], rival: [RIVAL] }

for (const path of models) {
  const classifier = await loadClassifier(path)
  const { name } = classifier
  const images = await correctImages(classifier, data, limit)
  if (parts.includes('network')) {
    const speed = await networkSpeed(
      classifier,
      (await modelReference(path)).file,
      firstPixels(images, TOGETHER),
      TOGETHER,
      runs,
    )
    tables.network.push([
      name,
      `${speed.forward.toFixed(1)} / ${speed.rawForward.toFixed(1)}`,
      percent(speed.forward / speed.rawForward),
      `${speed.gradient.toFixed(1)} / ${speed.rawGradient.toFixed(1)}`,
      percent(speed.gradient / speed.rawGradient),
    ])
    console.error(tables.network.at(-1)?.join(' | '))
  }
  if (!parts.includes('attack')) continue
  const found = await photographAttack(classifier, images, {
    seed,
    ...(asked !== 'default' && { workers: Number(asked) }),
  })
  tables.attack.push([
    name,
    String(found.images),
    percent(found.successes / found.images),
    mean(found.distortions).toFixed(5),
    mean(found.polished).toFixed(5),
    found.evaluations.toFixed(1),
    percent(found.occupancy),
    percent(found.network),
    (found.images / found.seconds).toFixed(3),
    (found.processorSeconds / found.images).toFixed(2),
    found.peakMB.toFixed(0),
    found.insideBox ? 'all' : 'NOT ALL',
  ])
  console.error(tables.attack.at(-1)?.join(' | '))
  if (found.failures.length > 0) console.log(`${name}, without an example: ${found.failures.join(', ')}`)
  if (compared > 0) {
    const targets = found.targets.slice(0, compared)
    const rival = await photographRival(python, classifier, firstPixels(images, targets.length), targets)
    const theirs = rival.found.map(({ distortion }) => distortion ?? NaN)
    tables.rival.push([
      name,
      rival.version,
      String(targets.length),
      mean(found.distortions.slice(0, targets.length)).toFixed(5),
      mean(theirs).toFixed(5),
      ratioOfMeans(found.distortions.slice(0, targets.length), theirs).toFixed(4),
      mean(rival.found.map(({ evaluations }) => evaluations)).toFixed(0),
      mean(rival.found.map(({ seconds }) => seconds)).toFixed(0),
    ])
  }
}
console.log(`load ${loadavg()[0].toFixed(1)} at the end`)
for (const table of [tables.network, tables.attack, tables.rival])
  if (table.length > 1) console.log(`\n${markdownTable(table)}`)
