import t from 'tap'
import { formatArchitecture, layersOf, parseArchitecture } from '../../operators/architecture.js'

const canonical: readonly (readonly [string, string, readonly number[]])[] = [
  ['FC10', 'FC10(1e-4)', [1e-4]],
  ['FC10(1e-4)', 'FC10(1e-4)', [1e-4]],
  ['FC10(0.01)', 'FC10(1e-2)', [1e-2]],
  ['FC10(1)', 'FC10(1)', [1]],
  ['FC10(0)', 'FC10(0)', [0]],
  ['FC10(2.5e-3)', 'FC10(2.5e-3)', [2.5e-3]],
  ['FC10(20)', 'FC10(2e1)', [20]],
  ['FC100-100-10', 'FC100-100-10', [1e-5, 1e-5, 1e-6]],
  [' FC100-100-10:sigmoid( 1e-5, 1e-5, 1e-6 ) ', 'FC100-100-10', [1e-5, 1e-5, 1e-6]],
  ['FC123-456-10(1e-3)', 'FC123-456-10(1e-3)', [1e-3, 1e-3, 1e-3]],
  ['FC30-2:relu', 'FC30-2:relu', [1e-5, 1e-6]],
  ['FC30-20-2:tanh(0,1,2)', 'FC30-20-2:tanh(0,1,2)', [0, 1, 2]],
  ['AE400-10', 'AE400-10', [1e-3, 1e-6]],
  ['AE400-10(1e-6)', 'AE400-10', [1e-3, 1e-6]],
  ['AE400-10(1e-4)', 'AE400-10(1e-4)', [1e-3, 1e-4]],
  ['AE50-7(1e-4,1e-4)', 'AE50-7(1e-4,1e-4)', [1e-4, 1e-4]],
  ['CNN16x5-32x5-128-10', 'CNN16x5-32x5-128-10', [1e-5, 1e-5, 1e-5, 1e-6]],
  ['CNN4x3-2:relu(0)', 'CNN4x3-2(0)', [0, 0]],
  [' CNN8x3 - 10 : tanh ( 1, 2 )', 'CNN8x3-10:tanh(1,2)', [1, 2]],
  ['CNN8x3-10-nobias:sigmoid', 'CNN8x3-10-nobias:sigmoid', [1e-5, 1e-6]],
  ['FC10-nobias', 'FC10-nobias(1e-4)', [1e-4]],
  ['FC10-nobias(1)', 'FC10-nobias(1)', [1]],
  [' FC100-100-10 -nobias ', 'FC100-100-10-nobias', [1e-5, 1e-5, 1e-6]],
  ['FC30-20-2-nobias:tanh(0, 1, 2)', 'FC30-20-2-nobias:tanh(0,1,2)', [0, 1, 2]],
]

t.test('every form is read, and has one name that reads back to the same', (t) => {
  for (const [text, name, lambda] of canonical) {
    const architecture = parseArchitecture(text)
    t.same(
      [formatArchitecture(architecture), architecture.lambda, parseArchitecture(name)],
      [name, lambda, architecture],
      text,
    )
  }
  t.same(parseArchitecture('FC123-456-10:tanh'), {
    kind: 'FC',
    units: [123, 456, 10],
    activation: 'tanh',
    lambda: [1e-5, 1e-5, 1e-6],
    bias: true,
  })
  t.equal(parseArchitecture('FC10-nobias').bias, false)
  const convolutional = parseArchitecture('CNN16x5-32x3-128-10')
  t.match(convolutional, {
    kind: 'CNN',
    convolutions: [
      { filters: 16, size: 5 },
      { filters: 32, size: 3 },
    ],
    units: [128, 10],
    activation: 'relu',
  })
  t.same(layersOf(convolutional), ['conv1', 'conv2', 'hidden1', 'logits'])
  const plain = { kind: 'FC', units: [10], activation: 'sigmoid', lambda: [1] } as const
  t.same(
    [plain, { ...plain, bias: false }].map(formatArchitecture),
    ['FC10(1)', 'FC10-nobias(1)'],
    'plain data that does not say so has a bias',
  )
  t.end()
})

t.test('an error says what is wrong with which text', (t) => {
  const wrong = [
    ['', 'form'],
    ['fc10', 'form'],
    ['FC', 'form'],
    ['FC10-', 'form'],
    ['FC0-10', 'a unit or more'],
    ['FC100-1', 'two classes or more'],
    ['FC10:relu', 'a hidden layer'],
    ['FC20-10:elu', 'got "elu"'],
    ['FC20-10(1,2,3)', 'each of 2 layers, got 3'],
    ['FC20-10(-1)', 'numbers from 0'],
    ['FC20-10()', 'numbers from 0'],
    ['FC10(x)', 'numbers from 0'],
    ['AE10', 'two numbers'],
    ['AE100-50-10', 'two numbers'],
    ['AE100-10:relu', 'got relu'],
    ['AE100-10-nobias', 'got -nobias'],
    ['FC10-bias', 'form'],
    ['CNN10', 'form'],
    ['CNN16x5', 'form'],
    ['CNN128-16x5-10', 'form'],
    ['CNN16x5-128-32x5-10', 'form'],
    ['CNN0x5-10', 'filters in each convolution, got 0'],
    ['CNN9999x5-10', 'to 4096 filters'],
    ['CNN8x0-10', 'filters of 1×1 to'],
    ['CNN8x64-10', 'got 64×64'],
    ['CNN8x3-1', 'two classes or more'],
    ['CNN8x3-10(1,2,3)', 'each of 2 layers, got 3'],
    ['CNN8x3-10:elu', 'got "elu"'],
    ['FC-nobias10', 'form'],
    ['FC20-10:relu-nobias', 'form'],
  ]
  for (const [text, part] of wrong) {
    t.throws(() => parseArchitecture(text), {
      code: 'bad-option',
      message: new RegExp(`"${text.replace(/[()]/g, '\\$&')}".*${part}.*examples`),
    })
  }
  t.end()
})
