import { cpus } from 'node:os'
import { filter, lastValueFrom, take, toArray } from 'rxjs'
import { attack } from '../operators/attack.js'
import { STATUSES } from '../operators/records/adversarial.js'
import { backendVersions, useBackend } from '../operators/tensor/backend.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { bootstrapMean } from '../pipelines/tables/bootstrap.js'
import { mean } from './measure.js'
import { mnist } from '../sources/mnist.js'
import { affineOf, targetRegion } from '../test/oracle/affine.js'
import { leastNormByDual } from '../test/oracle/dualProgram.js'
import { networksAsked } from './networks.js'

/**
 * How far the attack's examples are from the least perturbation there is, for linear networks: the mean over MNIST
 * test images, random targets, of ‖r‖ over the exact optimum of the quadratic programme.
 *
 *     node dist/bench/methodGap.js [MODEL…] [limit=N]
 */
const { models, number } = await networksAsked(process.argv.slice(2))
const limit = number('limit', 256)
await useBackend()
console.log(`${cpus()[0].model}; ${JSON.stringify(await backendVersions())}; mnist:test, seed 1\n`)
console.log(
  '| network | images | success | attack, RMS | optimum, RMS | ratio of means | mean ratio [95 %] | largest | polished, mean ratio | violation |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
for (const path of models) {
  const classifier = await loadClassifier(path)
  const affine = affineOf(classifier)
  if (affine === undefined) {
    console.log(`| ${classifier.name} | not linear |`)
    continue
  }
  const batches = await lastValueFrom(
    mnist('test', { batchSize: 64 }).pipe(
      attack(classifier),
      filter((batch) => batch.index.length > 0),
      take(Math.ceil((2 * limit) / 64)),
      toArray(),
    ),
  )
  classifier.dispose()

  const [ratio, polished, ours, optimum]: number[][] = [[], [], [], []]
  let [tried, success, largest, violation] = [0, 0, 0, 0]
  for (const batch of batches) {
    const values = batch.original.length / batch.index.length
    for (let row = 0; row < batch.index.length && tried < limit; row++) {
      const status = STATUSES[batch.status[row]]
      if (status === 'skipped') continue
      tried++
      if (status !== 'success') continue
      success++
      const x = batch.original.subarray(row * values, (row + 1) * values)
      // what weak duality proves, so that the gap is never understated
      const least = leastNormByDual(x, targetRegion(affine, x, batch.target[row]), classifier.box)
      const rms = least.atLeast / Math.sqrt(values)
      ratio.push(batch.distortion[row] / rms)
      polished.push(batch.polishedDistortion[row] / rms)
      ours.push(batch.distortion[row])
      optimum.push(rms)
      largest = Math.max(largest, batch.distortion[row] / rms)
      violation = Math.max(violation, least.violation)
    }
  }
  const { value, low, high } = bootstrapMean(ratio)
  const cells = [
    classifier.name,
    tried,
    `${((100 * success) / tried).toFixed(1)} %`,
    mean(ours).toFixed(5),
    mean(optimum).toFixed(5),
    (mean(ours) / mean(optimum)).toFixed(4),
    `${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`,
    largest.toFixed(4),
    mean(polished).toFixed(4),
    violation.toExponential(0),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}
