import t from 'tap'
import * as blindspot from 'blindspot'

const { attack, loadClassifier } = blindspot
const classifier = await loadClassifier('test/fixtures/FC48-10')
t.teardown(() => classifier.dispose())

/** What JavaScript lets through, for what a signature has. */
const given = (value: unknown) => value as never
const data = { data: 'mnist:test' }

/** What is called with something else than a classifier. */
const OF_CLASSIFIERS: Readonly<Record<string, (one: never) => unknown>> = {
  activations: (one) => blindspot.activations(one, 'hidden1'),
  attack: (one) => attack(one),
  checkClassifier: (one) => blindspot.checkClassifier(one),
  decoupledDirectionNorm: (one) => blindspot.decoupledDirectionNorm(one),
  deepFool: (one) => blindspot.deepFool(one),
  evaluate: (one) => blindspot.evaluate(one),
  lossGradient: (one) => blindspot.lossGradient(one, new Float32Array(784), new Int32Array(1)),
  predictedLabels: (one) => blindspot.predictedLabels(one),
  score: (one) => blindspot.score([one]),
  searchPath: (one) => blindspot.searchPath(one),
}

/** Others, with the beginning of what is said. */
const OTHERS: readonly (readonly [() => unknown, RegExp])[] = [
  [
    () => blindspot.score(given(classifier)),
    /^score: models: expected an array of classifiers, got an object$/,
  ],
  [() => blindspot.score(given('x')), /^score: models: expected an array of classifiers, got 'x'$/],
  [
    () => blindspot.evaluateModels(given('my/a'), data),
    /^evaluateModels: models: expected an array of paths of models, got 'my\/a'$/,
  ],
  [() => blindspot.evaluateModels([given(7)], data), /^evaluateModels: models: expected paths .*, got 7$/],
  [() => blindspot.evaluateModels(['x'], given({ data: 7 })), /^source: expected a text, .*, got 7$/],
  [() => blindspot.parseSource(given(undefined)), /^source: expected a text, .*, got undefined$/],
  [() => loadClassifier(given(undefined)), /^loadClassifier: expected the path of a folder with model\.json/],
  [() => blindspot.modelReference(given(null)), /^modelReference: expected the path .*, got null$/],
  [() => blindspot.inspectModel(given(7)), /^inspectModel: expected the path .*, got 7$/],
  [() => blindspot.openLake(given(7)), /^openLake: expected the path of a folder, .*, got 7$/],
  [
    () => blindspot.train(given(undefined)),
    /^architecture: expected a text, such as FC100-100-10, got undefined$/,
  ],
  [() => blindspot.parseArchitecture(given(7)), /^architecture: expected a text, .*, got 7$/],
  [() => blindspot.performAll(given({}), given('x')), /^performAll: steps: expected an array .*, got 'x'$/],
  [
    () => blindspot.performInThreads(given({}), given('x'), 1),
    /^performInThreads: steps: expected an array .*, got 'x'$/,
  ],
  [
    () => blindspot.performPlan(given({}), given('x'), given({})),
    /^performPlan: steps: expected an array .*, got 'x'$/,
  ],
  [
    () => blindspot.verifyDataSet(given({}), given({ models: classifier })),
    /^verifyDataSet: models: expected an array of classifiers, got an object$/,
  ],
  [
    () => blindspot.readRecords(given('nope'), 'x').next(),
    /^readRecords: table: expected one of .*, got 'nope'$/,
  ],
  [() => blindspot.recode(given(undefined)), /^recode: expected an encoding, .*, got undefined$/],
  // numbers as texts
  [() => blindspot.takeRows(given('3')), /^takeRows: .*, got '3'$/],
  [() => attack(classifier, given({ target: '3' })), /^target: .*, got '3'$/],
  [() => attack(classifier, given({ batchSize: '3' })), /^attack: batchSize: .*, got '3'$/],
  [() => blindspot.gaussianNoise(given('x')), /^gaussianNoise: .*, got 'x'$/],
  [() => blindspot.amplify(given('x')), /^amplify: .*, got 'x'$/],
  // options of a few texts
  [
    () => blindspot.exportExamples(given({}), 'x', given({ as: 'npz' })),
    /^exportExamples: as: expected png or npy, got 'npz'$/,
  ],
  [
    () => new blindspot.ParquetWriter('x.parquet', given({ compression: 'nope' })),
    /^ParquetWriter: compression: expected one of .*, got 'nope'$/,
  ],
]

const outcomeOf = (call: () => unknown) =>
  Promise.resolve()
    .then(call)
    .then(
      () => 'taken',
      (error: unknown) => error,
    )

t.test('what is no classifier is said at once, with what is expected', async (t) => {
  for (const [name, call] of Object.entries(OF_CLASSIFIERS))
    for (const [value, got] of [
      ['my/a', "got 'my/a'"],
      [undefined, 'got undefined'],
      [null, 'got null'],
      [Promise.resolve(classifier), 'got a promise'],
    ] as const) {
      const error = await outcomeOf(() => call(given(value)))
      t.match(
        error,
        { code: 'bad-option', message: new RegExp(`^${name}:.* expected a classifier.*${got}`) },
        name,
      )
    }
})

t.test('so are other things of another kind, and texts that are none of a few', async (t) => {
  for (const [call, message] of OTHERS) t.match(await outcomeOf(call), { code: 'bad-option', message })
})
