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
 *     node dist/bench/photographs.js MODEL… data=imagenet:PATH [parts=network,attack] [limit=N] [skip=N] [workers=N] [seed=N] [runs=N] [rivals=N] [python=PATH]
 *
 * `limit` images that the network gets right (256, or as many as there are) after the first `skip` (0), `rivals` of them for scipy's L-BFGS-B
 * through the same network (0; it takes up to 450 passes an image), `runs` by the clock of each of the network's works (7), 6 images at once.
 */
const TOGETHER = 6
const { named: models, number, text } = settings(process.argv.slice(2))
const data = text('data', 'imagenet:imagenet')
const limit = number('limit', 256)
const parts = text('parts', 'network,attack').split(',')
const skip = number('skip', 0)
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
  'image',
  'target',
  'attack, RMS',
  'scipy, RMS',
  'ratio',
  'polished, RMS',
  'scipy, nearest',
  'ratio',
  'c',
  'c of scipy',
  'F',
  'F of scipy',
  'residual',
  'bracket',
  'monotone',
  'passes',
  'of scipy',
  's of scipy',
]
const tables = { network: [NETWORK], attack: [ATTACK] }
const beside: string[] = []

for (const path of models) {
  const classifier = await loadClassifier(path)
  const { name } = classifier
  const images = await correctImages(classifier, data, limit, skip)
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
    const n = targets.length
    const rival = await photographRival(
      python,
      classifier,
      firstPixels(images, n),
      targets,
      found.c.slice(0, n).map((c) => (Number.isNaN(c) ? 1 : c)),
    )
    const index = images.flatMap((batch) => Array.from(batch.index))
    const ratios = rival.found.map(({ distortion }, i) => found.distortions[i] / (distortion ?? NaN))
    const polished = rival.found.map(({ nearest }, i) => found.polished[i] / (nearest ?? NaN))
    const rows = rival.found.map(({ distortion, nearest, objective, c, evaluations, seconds }, i) => [
      String(index[i]),
      String(targets[i]),
      found.distortions[i].toFixed(6),
      distortion?.toFixed(6) ?? 'none',
      ratios[i].toFixed(4),
      found.polished[i].toFixed(6),
      nearest?.toFixed(6) ?? 'none',
      polished[i].toFixed(4),
      found.c[i].toFixed(3),
      c?.toFixed(3) ?? '',
      found.objective[i].toFixed(4),
      objective?.toFixed(4) ?? '',
      found.residual[i].toFixed(3),
      found.bracketWidth[i].toFixed(4),
      found.monotone[i] ? 'yes' : 'no',
      String(found.passes[i]),
      String(evaluations),
      seconds.toFixed(0),
    ])
    const theirs = rival.found.map(({ distortion }) => distortion ?? NaN)
    beside.push(
      `${name} beside scipy ${rival.version}\n\n${markdownTable([RIVAL, ...rows])}\n\n` +
        `mean ratio ${mean(ratios).toFixed(4)}, ratio of the means ${ratioOfMeans(found.distortions.slice(0, n), theirs).toFixed(4)}, ` +
        `mean ratio of polished to nearest ${mean(polished).toFixed(4)}; passes an image ${mean(found.passes.slice(0, n)).toFixed(0)}, ` +
        `of scipy ${mean(rival.found.map(({ evaluations }) => evaluations)).toFixed(0)}`,
    )
  }
}
console.log(`load ${loadavg()[0].toFixed(1)} at the end`)
for (const table of [tables.network, tables.attack])
  if (table.length > 1) console.log(`\n${markdownTable(table)}`)
for (const text of beside) console.log(`\n${text}`)
