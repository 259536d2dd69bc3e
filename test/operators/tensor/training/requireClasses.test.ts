import t from 'tap'
import { parseArchitecture } from '../../../../operators/architecture.js'
import {
  requireClasses,
  requireLeastClasses,
  requireLikelyClasses,
  withClasses,
} from '../../../../operators/tensor/training/requireClasses.js'

t.test('the name that was meant', (t) => {
  for (const [name, classes, meant] of [
    ['FC100-100', 10, ['FC100-100-10', 'FC100-10']],
    ['FC100', 10, ['FC100-10', 'FC10(1e-4)']],
    ['FC100-100(1e-3)', 10, ['FC100-100-10(1e-3)', 'FC100-10(1e-3)']],
    ['FC100-100:tanh', 10, ['FC100-100-10:tanh', 'FC100-10:tanh']],
    ['FC100-100-nobias', 26, ['FC100-100-26-nobias', 'FC100-26-nobias']],
    ['CNN16x5-128', 10, ['CNN16x5-128-10', 'CNN16x5-10']],
    ['FC100-12', 10, ['FC100-10', 'FC100-12-10']],
    ['FC100-10', 47, ['FC100-47', 'FC100-10-47']],
    ['FC10(1e-2)', 26, ['FC26(1e-2)', 'FC10-26']],
    ['AE400-10', 26, ['AE400-26']],
    ['FC100-10', 1000, ['FC100-1000', 'FC100-10-1000']],
    ['FC8-10', 2, ['FC8-10-2', 'FC8-2']],
  ] as const) {
    t.same(withClasses(parseArchitecture(name), classes), meant)
    for (const one of meant) t.equal(parseArchitecture(one).units.at(-1), classes)
  }
  t.end()
})

t.test('other outputs than classes', (t) => {
  const of = (name: string) => parseArchitecture(name)
  t.throws(() => requireClasses(of('FC100-100'), 10), {
    code: 'bad-option',
    message:
      'architecture FC100-100: its last number is its classes, 100, and the images have 10 classes (labels 0 to 9): did you mean FC100-100-10 or FC100-10?',
  })
  t.throws(() => requireClasses(of('FC100-10'), 1), { message: /the images have one class \(label 0\)$/ })
  t.doesNotThrow(() => requireClasses(of('FC100-10'), 10))
  t.throws(() => requireClasses(of('FC100-10'), 12), {
    code: 'bad-option',
    message:
      /classes, 10, and the images have 12 classes \(labels 0 to 11\): did you mean FC100-12 or FC100-10-12\?$/,
  })
  t.throws(() => requireLeastClasses(of('FC8-10'), 12), {
    code: 'bad-option',
    message: /the images have labels up to 11, which makes 12 classes: did you mean FC8-12 or FC8-10-12\?$/,
  })
  t.doesNotThrow(
    () => requireLeastClasses(of('FC8-10'), 9),
    'there may be more classes than labels are seen of',
  )

  const labels = (n: number, most: number) => Int32Array.from({ length: n }, (_, i) => i % (most + 1))
  t.throws(() => requireLikelyClasses(of('FC100-100'), labels(1000, 9)), {
    code: 'bad-option',
    message:
      /of 1000 images none has a label above 9, which makes 10 classes: did you mean FC100-100-10 or FC100-10\? If there are 100 classes all the same, say so in code: train\(…, \{ classes: 100 \}\)/,
  })
  t.throws(() => requireLikelyClasses(of('FC100-100'), labels(32, 9)))
  t.doesNotThrow(() => requireLikelyClasses(of('FC100-100'), labels(31, 9)), 'a few images are a subset')
  t.doesNotThrow(() => requireLikelyClasses(of('FC100-20'), labels(1000, 9)), 'half of the classes may lack')
  t.doesNotThrow(() => requireLikelyClasses(of('FC100-10'), labels(1000, 9)))
  t.throws(() => requireLikelyClasses(of('FC100-20'), labels(32, 8)), { message: /FC100-20-9 or FC100-9\?/ })
  t.doesNotThrow(() => requireLikelyClasses(of('FC10'), labels(1000, 1)), 'zeros and ones alone')
  t.end()
})
