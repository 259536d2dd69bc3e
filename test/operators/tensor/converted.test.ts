import { readFileSync } from 'node:fs'
import t from 'tap'
import { lossGradient } from '../../../operators/classifier/lossGradient.js'
import { useBackend } from '../../../operators/tensor/backend.js'
import { loadClassifier } from '../../../operators/tensor/loadClassifier.js'

await useBackend()
const fixture = (name: string) => `test/fixtures/converted/${name}`
const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Readonly<
  Record<'images' | 'logits' | 'gradient', readonly number[]>
>
const images = Float32Array.from(expected.images)

/** Largest difference of values, as a share of the largest. */
const apart = (values: Float32Array, from: readonly number[]): number =>
  values.reduce((most, value, i) => Math.max(most, Math.abs(value - from[i])), 0) /
  Math.max(...from.map(Math.abs))

// what weights of so many bits can be off by
for (const [weights, most] of [
  ['float32', 1e-5],
  ['uint16', 1e-3],
  ['float16', 5e-3],
  ['uint8', 0.05],
] as const)
  for (const format of ['layers', 'graph'])
    t.test(`what TensorFlow.js' own converter writes: ${format}, ${weights}`, async (t) => {
      const classifier = await loadClassifier(fixture(`${format}-${weights}`))
      const { inputShape, classes } = classifier
      t.same([inputShape, classes], [[12, 10, 3], 5])
      const logits = apart(classifier.logits(images), expected.logits)
      t.ok(logits < most, `logits off by ${logits}`)
      if (weights === 'float32') {
        // others have other sides of a kink
        const { gradient } = lossGradient(classifier, images, Int32Array.of(1, 1, 1, 1))
        const slope = apart(gradient, expected.gradient)
        t.ok(slope < most, `gradient off by ${slope}`)
      }
      classifier.dispose()
    })
