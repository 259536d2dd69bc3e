import { lastValueFrom, of, toArray } from 'rxjs'
import t from 'tap'
import { attack, type AttackOptions } from '../../operators/attack.js'
import { type Classifier, predictions } from '../../operators/classifier.js'
import { randomFor } from '../../operators/random.js'
import { STATUSES } from '../../operators/records/adversarial.js'
import { useBackend } from '../../operators/tensor/backend.js'
import { loadClassifier } from '../../operators/tensor/loadClassifier.js'
import { mnist } from '../../sources/mnist.js'
import { affineOf, dot, targetRegion } from '../oracle/affine.js'
import { leastNormByDual } from '../oracle/dualProgram.js'
import { gaussians, linearClassifier, twoClassOptimum } from '../oracle/linear.js'
import { reference, referenceOptima } from '../oracle/optima.js'
import { leastNorm } from '../oracle/quadraticProgram.js'

const SIZE = 80
await useBackend()

/** Images as digits are: most pixels on the box's edges, so that its bounds bind. */
function digits(n: number): Float32Array {
  const random = randomFor(7, 'digits')
  return Float32Array.from({ length: n * SIZE }, () => {
    const kind = random.uniform()
    return kind < 0.5 ? 0 : kind < 0.7 ? 1 : random.uniform()
  })
}

const model = (classes: number, scale: number) =>
  linearClassifier(
    'linear',
    SIZE,
    gaussians(SIZE * classes, scale, 'weights'),
    gaussians(classes, scale, 'bias'),
  )

/** Attacks images labelled as the model sees them; rows beside their exact optimum. */
async function compare(classifier: Classifier, pixels: Float32Array, options: AttackOptions = {}) {
  const affine = affineOf(classifier)
  if (affine === undefined) throw new Error('expected a linear classifier')
  const label = predictions(classifier.logits(pixels), classifier.classes)
  const index = label.map((_, row) => row)
  const images = { dataset: 'made', split: 'test', shape: [1, SIZE, 1] as const, index, label, pixels }
  const [batch] = await lastValueFrom(of(images).pipe(attack(classifier, options), toArray()))
  return Array.from(batch.index, (image, row) => {
    const x = pixels.subarray(image * SIZE, (image + 1) * SIZE)
    const region = targetRegion(affine, x, batch.target[row])
    const optimum = leastNorm(x, region, classifier.box)
    const adversarial = batch.adversarial.subarray(row * SIZE, (row + 1) * SIZE)
    return {
      x,
      region,
      optimum,
      excess: batch.l2[row] / optimum - 1,
      polished: (batch.polishedDistortion[row] * Math.sqrt(SIZE)) / optimum - 1,
      status: STATUSES[batch.status[row]],
      /** Pixels that the box holds. */
      held: adversarial.filter((value) => value === 0 || value === 1).length,
    }
  })
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

t.test('two classes: the attack is the exact optimum', async (t) => {
  const classifier = model(2, 1)
  t.teardown(() => classifier.dispose())
  const tight = { marginTolerance: 1e-5, bracketTolerance: 1e-6, residualTolerance: 1e-5 }
  const rows = await compare(classifier, digits(24), tight)
  const apart = rows.map(({ x, region: [{ normal, offset }], optimum }) => {
    return Math.abs(twoClassOptimum(x, normal, -offset - dot(normal, x)) / optimum - 1)
  })
  t.ok(Math.max(...apart) < 1e-9, 'the quadratic programme agrees with the closed form')
  t.same([...new Set(rows.map(({ status }) => status))], ['success'])
  const excess = rows.map((row) => row.excess)
  t.ok(
    Math.min(...excess) > -1e-6 && Math.max(...excess) < 1e-3,
    `from ${Math.min(...excess)} to ${Math.max(...excess)}`,
  )
})

t.test('ten classes: above the exact optimum by no more than the cross-entropy is soft', async (t) => {
  // of the weights, and the excess over the optimum that may be: in the mean and of one image
  const scales = [
    [0.3, 0.12, 0.25],
    [1, 0.04, 0.1],
    [3, 0.015, 0.04],
    [30, 0.002, 0.006],
  ]
  const means: number[] = []
  for (const [scale, bound, worst] of scales) {
    const classifier = model(10, scale)
    const rows = await compare(classifier, digits(24))
    classifier.dispose()
    const excess = rows.map((row) => row.excess)
    means.push(mean(excess))
    t.same([...new Set(rows.map(({ status }) => status))], ['success'], `scale ${scale}: success`)
    t.ok(
      rows.every(({ held }) => held > SIZE / 10),
      'the box binds',
    )
    t.ok(Math.min(...excess) > -1e-6, `the optimum is a lower bound: ${Math.min(...excess)}`)
    t.ok(
      mean(excess) < bound && Math.max(...excess) < worst,
      `${mean(excess)}, at most ${Math.max(...excess)}`,
    )
    const polished = rows.map((row) => row.polished)
    t.ok(Math.min(...polished) > -1e-6, `for the polished, too: ${Math.min(...polished)}`)
    t.ok(
      mean(polished) < 0.95 * mean(excess),
      `closer, as the boundary's tangent is: ${mean(polished)} of ${mean(excess)}`,
    )

    const duals = rows.map(({ x, region }) => leastNormByDual(x, region, [0, 1]))
    const apart = duals.flatMap(({ atLeast, norm }, i) =>
      [atLeast, norm].map((value) => Math.abs(value / rows[i].optimum - 1)),
    )
    const violation = Math.max(...duals.map((dual) => dual.violation))
    t.ok(
      Math.max(...apart) < 1e-7 && violation < 1e-7,
      `the dual agrees: ${Math.max(...apart)}, ${violation}`,
    )
  }
  t.same(
    means,
    [...means].sort((a, b) => b - a),
    'the larger the logits, the nearer to the optimum',
  )
})

const { path, skip } = reference('FC10_1e-2')
t.test('a trained network: the optimum is the one that another implementation found', { skip }, async (t) => {
  const classifier = await loadClassifier(path)
  t.teardown(() => classifier.dispose())
  const affine = affineOf(classifier)
  if (affine === undefined) throw new Error('expected a linear classifier')
  const [{ pixels }] = await lastValueFrom(mnist('test', { limit: 100, batchSize: 100 }).pipe(toArray()))
  const apart = referenceOptima(path).map(({ index, target, least }) => {
    const x = pixels.subarray(index * 784, (index + 1) * 784)
    const { atLeast, norm } = leastNormByDual(x, targetRegion(affine, x, target), classifier.box)
    return Math.max(...[atLeast, norm].map((value) => Math.abs(value / 28 / least - 1)))
  })
  t.ok(Math.max(...apart) < 1e-5, `at most ${Math.max(...apart)} apart`)
})
