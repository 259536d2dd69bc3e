import t from 'tap'
import { parseArchitecture } from '../../../../operators/architecture.js'
import {
  requireClasses,
  requireLikelyClasses,
  withClasses,
} from '../../../../operators/tensor/training/requireClasses.js'

t.test('the name that was meant', (t) => {
  for (const [name, classes, meant] of [
    ['FC100-100', 10, 'FC100-100-10'],
    ['FC100', 10, 'FC100-10'],
    ['FC100-100(1e-3)', 10, 'FC100-100-10(1e-3)'],
    ['FC100-100:tanh', 10, 'FC100-100-10:tanh'],
    ['FC100-100-nobias', 26, 'FC100-100-26-nobias'],
    ['CNN16x5-128', 10, 'CNN16x5-128-10'],
    ['FC100-12', 10, 'FC100-10'],
    ['FC100-10', 47, 'FC100-47'],
    ['FC10(1e-2)', 26, 'FC26(1e-2)'],
    ['AE400-10', 26, 'AE400-26'],
    ['FC100-10', 1000, 'FC100-1000'],
  ] as const) {
    t.equal(withClasses(parseArchitecture(name), classes), meant)
    t.equal(parseArchitecture(meant).units.at(-1), classes)
  }
  t.end()
})

t.test('more outputs than classes', (t) => {
  const of = (name: string) => parseArchitecture(name)
  t.throws(() => requireClasses(of('FC100-100'), 10), {
    code: 'bad-option',
    message:
      'architecture FC100-100: its last number is its classes, 100, and the images have 10 classes (labels 0 to 9): did you mean FC100-100-10?',
  })
  t.throws(() => requireClasses(of('FC100-10'), 1), { message: /the images have one class \(label 0\)$/ })
  t.doesNotThrow(() => requireClasses(of('FC100-10'), 10))
  t.doesNotThrow(() => requireClasses(of('FC100-10'), 1000), 'fewer are found by the labels')

  const labels = (n: number, most: number) => Int32Array.from({ length: n }, (_, i) => i % (most + 1))
  t.throws(() => requireLikelyClasses(of('FC100-100'), labels(1000, 9)), {
    code: 'bad-option',
    message:
      /of 1000 images none has a label above 9, which makes 10 classes: did you mean FC100-100-10\? If there are 100 classes all the same, say so in code: train\(…, \{ classes: 100 \}\)/,
  })
  t.throws(() => requireLikelyClasses(of('FC100-100'), labels(32, 9)))
  t.doesNotThrow(() => requireLikelyClasses(of('FC100-100'), labels(31, 9)), 'a few images are a subset')
  t.doesNotThrow(() => requireLikelyClasses(of('FC100-20'), labels(1000, 9)), 'half of the classes may lack')
  t.doesNotThrow(() => requireLikelyClasses(of('FC100-10'), labels(1000, 9)))
  t.throws(() => requireLikelyClasses(of('FC100-20'), labels(32, 8)), { message: /FC100-20-9\?/ })
  t.doesNotThrow(() => requireLikelyClasses(of('FC10'), labels(1000, 1)), 'zeros and ones alone')
  t.end()
})
