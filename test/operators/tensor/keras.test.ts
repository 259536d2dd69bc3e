import { readFileSync, readdirSync } from 'node:fs'
import t from 'tap'
import { lossGradient } from '../../../operators/classifier/lossGradient.js'
import { useBackend } from '../../../operators/tensor/backend.js'
import { loadClassifier } from '../../../operators/tensor/loadClassifier.js'

const { name: backend } = await useBackend()

interface Expected {
  readonly images: readonly number[]
  readonly centred: readonly number[]
  readonly gradient: readonly number[]
  readonly layers: Readonly<Record<string, readonly number[]>>
}

/** Largest difference of values, as a share of the largest. */
function apart(values: Float32Array | readonly number[], from: readonly number[]): number {
  if (values.length !== from.length) return Infinity
  const most = Math.max(...from.map(Math.abs))
  return Math.max(...from.map((value, i) => Math.abs(value - values[i]))) / most
}

function centred(logits: Float32Array, classes: number): number[] {
  return [...logits].map((value, at) => {
    const row = logits.subarray(at - (at % classes), at - (at % classes) + classes)
    return value - row.reduce((sum, one) => sum + one, 0) / classes
  })
}

// what was folded, left out, and unfolded again for a layer that is asked for, is Keras' own within float32
for (const version of ['keras2', 'keras3'])
  for (const name of readdirSync(`test/fixtures/keras/${version}`))
    t.test(`${version}: ${name}, as Keras computes it (${backend})`, async (t) => {
      const folder = `test/fixtures/keras/${version}/${name}`
      const place = `test/fixtures/keras/${version}/${name.replace('-tfjs', '')}/expected.json`
      const expected = JSON.parse(readFileSync(place, 'utf8')) as Expected
      const classifier = await loadClassifier(folder)
      const images = Float32Array.from(expected.images)
      const { classes } = classifier
      const { logits, gradient } = lossGradient(classifier, images, new Int32Array(4).fill(1))
      const off = {
        logits: apart(centred(logits, classes), expected.centred),
        'logits alone': apart(centred(classifier.logits(images), classes), expected.centred),
        gradient: apart(gradient, expected.gradient),
        ...Object.fromEntries(
          Object.entries(expected.layers).map(([layer, values]) => [
            layer,
            apart(classifier.activations(layer, images.subarray(0, images.length / 4)), values),
          ]),
        ),
      }
      for (const [what, share] of Object.entries(off)) t.ok(share < 2e-5, `${what}: off by ${share}`)
      classifier.dispose()
    })
