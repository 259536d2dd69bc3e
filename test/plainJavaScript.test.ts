import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EMPTY } from 'rxjs'
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

const root = t.testdir()
const lake = await blindspot.openLake(join(root, 'set'))
const spec = { train: { architecture: 'FC10' } }
const step = blindspot.trainStep({
  architecture: 'FC10',
  images: { source: 'mnist:test' },
  seed: 1,
  folder: 'net',
})
const out = join(root, 'sweep')
/** A sweep with an option of another kind, which is to write nothing. */
const swept = (options: object) => () => blindspot.sweep(spec, given({ out, workers: 1, ...options }))
const performed = (effort: object) => () => blindspot.perform(lake, step, given(effort))
const planned = (options: object) => () => blindspot.performPlan(lake, [], given({}), given(options))

/** What options are by their names, whoever has them, and what is said where they are given first. */
const MEANT: readonly (readonly [() => unknown, RegExp])[] = [
  [
    () => blindspot.evaluateModels(['x'], given({ ...data, onProgress: 5 })),
    /^evaluateModels: onProgress: expected a function, got 5$/,
  ],
  [
    () => blindspot.evaluateModels(['x'], given({ ...data, onProgress: null })),
    /^evaluateModels: onProgress: expected a function, got null$/,
  ],
  [
    () => blindspot.evaluateModels(['x'], data, given('x')),
    /^evaluateModels: signal: expected an AbortSignal, got 'x'$/,
  ],
  [
    () => blindspot.evaluateModels(['x'], data, given({})),
    /^evaluateModels: signal: expected an AbortSignal, got an object$/,
  ],
  [
    () => blindspot.exportExamples(lake, 'x', given({ as: 'npy', onRows: null })),
    /^exportExamples: onRows: expected a function, got null$/,
  ],
  [
    () => blindspot.exportExamples(lake, 'x', given({ as: 'npy', onRows: 5 })),
    /^exportExamples: onRows: .*, got 5$/,
  ],
  [
    () => blindspot.exportExamples(lake, 'x', given({ as: 'npy', where: null })),
    /^exportExamples: where: .*, got null$/,
  ],
  [
    () => blindspot.exportExamples(lake, 'x', given({ as: 'npy', signal: 5 })),
    /^exportExamples: signal: .*, got 5$/,
  ],
  [
    () => blindspot.exportExamples(lake, given(null), { as: 'npy' }),
    /^exportExamples: out: expected the path of a folder, got null$/,
  ],
  [performed({ signal: 5 }), /^effort: signal: expected an AbortSignal, got 5$/],
  [performed({ onProgress: 5 }), /^effort: onProgress: expected a function, got 5$/],
  [performed({ onBackend: 5 }), /^effort: onBackend: expected a function, got 5$/],
  [performed({ backend: 'x' }), /^effort\.backend: expected one of native, wasm, cpu, got "x"$/],
  [() => blindspot.performAll(lake, [], given(5)), /^effort: expected an object, got 5$/],
  [() => blindspot.performInThread(lake, step, given({ signal: 5 })), /^effort: signal: .*, got 5$/],
  [() => blindspot.performInThreads(lake, [], 1, given({ signal: 5 })), /^effort: signal: .*, got 5$/],
  [
    () => blindspot.consume(EMPTY, () => undefined, given({ signal: 5 })),
    /^consume: signal: expected an AbortSignal, got 5$/,
  ],
  [() => blindspot.paper(given({})), /^paper: out: expected the path of a folder, got undefined$/],
  [() => blindspot.imagenetPaper(given({})), /^imagenetPaper: out: .*, got undefined$/],
  [
    () => blindspot.imagenetPaper(given({ out: 'x', source: 'imagenet:x' })),
    /^imagenetPaper: models: expected an array of paths of models, got undefined$/,
  ],
]

/** What would be noted in a data set as the failure of its steps, or be passed over. */
const PLANS: readonly (readonly [() => unknown, RegExp])[] = [
  [swept({ out: undefined }), /^sweep: out: expected the path of a folder, got undefined$/],
  [swept({ out: 5 }), /^sweep: out: expected a path, got 5$/],
  [swept({ signal: 5 }), /^sweep: signal: expected an AbortSignal, got 5$/],
  [swept({ onProgress: 5 }), /^sweep: onProgress: expected a function, got 5$/],
  [swept({ onStanding: 'x' }), /^sweep: onStanding: expected a function, got 'x'$/],
  [swept({ queue: 5 }), /^queue: expected redis:.*, got 5$/],
  [swept({ report: 'x' }), /^sweep: report: expected true or false, got 'x'$/],
  [swept({ errored: 'x' }), /^sweep: errored: expected skip or retry, got 'x'$/],
  ...['x', NaN, -2, 1.5].map(
    (maxFailures) =>
      [
        swept({ maxFailures }),
        /^sweep: maxFailures: expected a whole number from -1, got ('x'|NaN|-2|1\.5)$/,
      ] as const,
  ),
  ...['0/1', 'x', 5, null, {}, { index: 0, of: 1 }, { index: 5, count: 4 }, { index: 1, count: 1 }].map(
    (shard) =>
      [swept({ shard }), /^sweep: shard: expected \{ index, count \} with a whole index .*, got /] as const,
  ),
  [swept({ effort: { nope: 1 } }), /^sweep: effort: there is no option nope; expected one of backend/],
  [swept({ effort: { limit: 'x' } }), /^sweep: effort: there is no option limit/],
  [swept({ effort: { backend: 'x' } }), /^sweep: effort\.backend: expected one of native, .*, got "x"$/],
  [swept({ effort: { workers: 'x' } }), /^sweep: effort\.workers: .*, got "x"$/],
  [swept({ effort: 5 }), /^sweep: effort: expected an object of options, got 5$/],
  [planned({ effort: { backend: 'x' } }), /^performPlan: effort\.backend: .*, got "x"$/],
  [
    () => blindspot.performPlan(lake, [], given(undefined)),
    /^executor: expected one, such as localExecutor, got undefined$/,
  ],
  [planned({ shard: '0/1' }), /^performPlan: shard: .*, got "0\/1"$/],
  ...['x', 0, -1].flatMap((count) =>
    (['stepsPerProcess', 'bytesPerProcess'] as const).flatMap((name) => {
      const message = new RegExp(`^${name}: expected a whole number from 1, got ('x'|0|-1)$`)
      return [
        [() => blindspot.localExecutor(root, given({ [name]: count })), message],
        [() => blindspot.work('redis://none', given({ [name]: count })), message],
      ] as const
    }),
  ),
  [() => blindspot.localExecutor(given(undefined)), /^localExecutor: expected the folder .*, got undefined$/],
  [() => blindspot.queueExecutor(given(undefined), 'redis://none'), /^queueExecutor: .*, got undefined$/],
  [() => blindspot.work(given(undefined)), /^queue: expected redis:.*, got undefined$/],
]

const [model, images] = [{ path: 'net' }, { source: 'mnist:test' }]
const { attackStep, rankStep, scoreStep, searchPathStep, trainStep } = blindspot
const scored = (shown: unknown) => () => scoreStep(given({ models: [model], shown, partition: 'clean' }))

/** What a step is named by. */
const STEPS: readonly (readonly [() => unknown, RegExp])[] = [
  ...Object.entries({ attackStep, rankStep, scoreStep, searchPathStep, trainStep }).flatMap(
    ([name, make]) => [
      [
        () => make(given(undefined)),
        new RegExp(`^${name}: expected an object of options, got undefined$`),
      ] as const,
      [() => make(given({ modle: 3 })), new RegExp(`^${name}: there is no option modle; expected`)] as const,
      [() => make(given({})), new RegExp(`^${name}: [a-z]+: expected .*, got undefined$`)] as const,
    ],
  ),
  [() => attackStep(given({ images })), /^attackStep: model: expected \{ path: .*, got undefined$/],
  [() => attackStep(given({ model: 'path', images })), /^attackStep: model: .*, got 'path'$/],
  [
    () => attackStep(given({ model: { train: undefined }, images })),
    /^attackStep: model: .*, got an object$/,
  ],
  [() => attackStep(given({ model, images: 'mnist:test' })), /^attackStep: images: .*, got 'mnist:test'$/],
  [() => attackStep(given({ model, images: { source: 5 } })), /^attackStep: images\.source: .*, got 5$/],
  [() => attackStep(given({ model, images, frist: 3 })), /^attackStep: there is no option frist; expected/],
  [() => attackStep(given({ model, images, shard: 'x' })), /^attackStep: shard: .*, got 'x'$/],
  [() => rankStep(given({ model, images, passes: [] })), /^rankStep: layer: .*, got undefined$/],
  [
    () => rankStep(given({ model, images, layer: 'logits', passes: {} })),
    /^rankStep: passes: .*, got an object$/,
  ],
  [
    () => scoreStep(given({ models: model, shown: { kind: 'clean', images }, partition: 'x' })),
    /^scoreStep: models: .*, got an object$/,
  ],
  [
    () => scoreStep(given({ models: ['net'], shown: { kind: 'clean', images }, partition: 'x' })),
    /^scoreStep: models: .*, got 'net'$/,
  ],
  [scored(undefined), /^scoreStep: shown: .*, got undefined$/],
  [scored({ kind: 'x', images }), /^scoreStep: shown\.kind: expected one of clean, .*, got 'x'$/],
  [scored({ kind: 'clean', images: 5 }), /^scoreStep: shown\.images: .*, got 5$/],
  [scored({ kind: 'gaussian' }), /^scoreStep: shown\.images: .*, got undefined$/],
  [scored({ kind: 'png', images: 5 }), /^scoreStep: shown\.examples: .*, got undefined$/],
  [() => searchPathStep(given({ attack: {} })), /^searchPathStep: attack: model: .*, got undefined$/],
  [
    () => searchPathStep(given({ attack: undefined })),
    /^searchPathStep: attack: expected an object .*, got undefined$/,
  ],
  [() => trainStep(given({ ...spec.train, images, seed: 1 })), /^trainStep: folder: .*, got undefined$/],
  [
    () =>
      blindspot.perform(
        lake,
        scoreStep({
          ...{ models: [model], partition: 'x' },
          shown: { kind: 'gaussian', stddev: 0.1, seed: 1, images: { originals: [] } },
        }),
      ),
    /^step score x: spec\.shown\.images: expected images, or .*, got \{"originals":\[]\}$/,
  ],
]

/** What takes a data set, not its path. */
const LAKES: Readonly<Record<string, (lake: never) => unknown>> = {
  runsOf: (one) => blindspot.runsOf(one),
  verifyDataSet: (one) => blindspot.verifyDataSet(one),
  askData: (one) => blindspot.askData(one, () => Promise.resolve(0)),
  queryDataSet: (one) => blindspot.queryDataSet(one, 'FROM models', () => Promise.resolve(0)),
  exportExamples: (one) => blindspot.exportExamples(one, 'x', { as: 'npy' }),
  perform: (one) => blindspot.perform(one, step),
  performAll: (one) => blindspot.performAll(one, []),
  performInThread: (one) => blindspot.performInThread(one, step),
  performInThreads: (one) => blindspot.performInThreads(one, [], 1),
  performPlan: (one) => blindspot.performPlan(one, [], given({})),
  stepState: (one) => blindspot.stepState(one, step),
}

const folder = blindspot.imagenetSource('x')
const digits = blindspot.mnistSource('test')

/** What is read, and how photographs are framed. */
const READ: readonly (readonly [() => unknown, RegExp])[] = [
  ...[undefined, null, {}, 5].flatMap((path) =>
    Object.entries({
      ...{ emnist: blindspot.emnist, emnistSource: blindspot.emnistSource },
      ...{ cifar: blindspot.cifar, cifarSource: blindspot.cifarSource },
      ...{ npz: blindspot.npz, npzSource: blindspot.npzSource },
      ...{ imageFolder: blindspot.imageFolder, imageFolderSource: blindspot.imageFolderSource },
      ...{ imagenet: blindspot.imagenet, imagenetSource: blindspot.imagenetSource },
      ...{ parquetSource: blindspot.parquetSource, arrowSource: blindspot.arrowSource },
      ...{ readCases: blindspot.readCases, readDirections: blindspot.readDirections },
      examplesBelow: blindspot.examplesBelow,
    }).map(
      ([name, read]) => [() => read(given(path)), new RegExp(`^${name}: expected .*path.*, got `)] as const,
    ),
  ),
  [() => blindspot.mnist(given(undefined)), /^mnist: split: expected train or test, got undefined$/],
  [() => blindspot.mnist('test', given({ dir: 5 })), /^mnist: dir: expected a path, got 5$/],
  [() => blindspot.mnist('test', given({ dataset: 5 })), /^mnist: dataset: expected a name, got 5$/],
  [
    () => blindspot.readParquet(given(undefined)).next(),
    /^paths: expected an array of paths, got undefined$/,
  ],
  [() => blindspot.readScores(given([5])).next(), /^paths: expected paths, got 5$/],
  [() => blindspot.readArrow('x', given({ where: null })).next(), /^readArrow: where: .*, got null$/],
  ...['x', 5, null, {}, -3, [1, 2], { policy: 'exact', resize: 5 }, { policy: 'shorter-side' }].flatMap(
    (crop) => [
      [() => blindspot.imagenet('x', given({ crop })), /^imagenet: crop: expected .*, got /] as const,
      [() => blindspot.imagenetSource('x', given({ crop })), /^imagenet: crop: expected .*, got /] as const,
    ],
  ),
  [() => blindspot.imagenet('x', given({ shard: null })), /^imagenet: shard: expected .*, got null$/],
  [() => blindspot.mnist('test', given({ shuffle: null })), /^mnist: shuffle: expected .*, got null$/],
  [() => blindspot.parquetSource('x', given({ shape: 5 })), /^parquet: shape: expected .*, got 5$/],
  [() => blindspot.parquetSource('x', given({ image: 5 })), /^parquet: image: expected a name, got 5$/],
  ...['x', null, {}, [1], [1, 2, 3]].flatMap((size) => [
    [() => blindspot.imagenet('x', given({ size })), /^imagenet: size: expected .*, got /] as const,
    [() => blindspot.imageFolder('x', given({ size })), /^imageFolder: size: expected .*, got /] as const,
  ]),
  ...[folder, digits].flatMap((source) => [
    [() => source.open(given('x')), /^source\.open: expected an object of options, got 'x'$/] as const,
    [() => source.open(given(null)), /^source\.open: .*, got null$/] as const,
    [() => source.open(given({ nope: 1 })), /^source\.open: there is no option nope; expected/] as const,
    [
      () => source.open(given({ framing: {} })),
      /^source\.open: framing: expected \{ size.*, got an object$/,
    ] as const,
    [
      () => source.open(given({ framing: { size: [2, 2] } })),
      /^source\.open: framing: crop: expected .*, got undefined$/,
    ] as const,
    [() => source.identity(given({ framing: 5 })), /^source\.identity: framing: .*, got 5$/] as const,
    [() => source.identity(given({ nope: 5 })), /^source\.identity: there is no option nope/] as const,
  ]),
]

/** Networks, and what tables are made of. */
const MADE_OF: readonly (readonly [() => unknown, RegExp])[] = [
  [() => blindspot.importModel(given({}), 'x', root), /^importModel: network: .*, got an object$/],
  [
    () => blindspot.importModel(blindspot.alexnet(), given(undefined), root),
    /^importModel: file: .*, got undefined$/,
  ],
  [() => blindspot.writeUntrained(given({}), root), /^writeUntrained: network: .*, got an object$/],
  [
    () => blindspot.writeUntrained(blindspot.alexnet(), given(undefined)),
    /^writeUntrained: folder: .*, got undefined$/,
  ],
  [
    () => blindspot.writeUntrained(blindspot.alexnet(), 'x', given({ sede: 1 })),
    /^writeUntrained: there is no option sede; expected one of seed, name$/,
  ],
  [
    () => blindspot.train(given({})),
    /^train: architecture: expected what parseArchitecture .*, got an object$/,
  ],
  [() => blindspot.formatArchitecture(given({})), /^formatArchitecture: .*, got an object$/],
  [() => blindspot.formatArchitecture(given('FC10')), /^formatArchitecture: .*, got 'FC10'$/],
  [
    () => blindspot.robustAccuracyTable(given(null)),
    /^robustAccuracyTable: lines: expected an array of lines .*, got null$/,
  ],
  [() => blindspot.scoresTable(given(null)), /^scoresTable: lines: expected an array of lines .*, got null$/],
  [() => blindspot.unitsTable(given({})), /^unitsTable: expected what units gives, got an object$/],
  [() => blindspot.basisCoherence(given(null)), /^basisCoherence: rows: .*, got null$/],
  [() => blindspot.basisDifferences(given(null)), /^basisDifferences: rows: .*, got null$/],
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

t.test('so are options whose names say what they are', async (t) => {
  for (const [call, message] of MEANT) t.match(await outcomeOf(call), { code: 'bad-option', message })
})

t.test('a plan is not begun with others than there are', async (t) => {
  for (const [call, message] of PLANS) t.match(await outcomeOf(call), { code: 'bad-option', message })
  t.notOk(existsSync(out), 'nothing is written')
})

t.test('a step is made of what it is named by, which is checked at once', async (t) => {
  for (const [call, message] of STEPS) t.match(await outcomeOf(call), { code: 'bad-option', message })
})

t.test('a data set is opened before it is asked', async (t) => {
  for (const [name, call] of Object.entries(LAKES))
    for (const [value, got] of [
      ['ds', "'ds'"],
      [undefined, 'undefined'],
      [null, 'null'],
      [Promise.resolve(lake), 'a promise'],
    ] as const)
      t.match(await outcomeOf(() => call(given(value))), {
        code: 'bad-option',
        message: `${name}: expected a data set, got ${got}; open it with await openLake('its folder')`,
      })
})

t.test('a path is a text, and a framing one that can be', async (t) => {
  for (const [call, message] of READ) t.match(await outcomeOf(call), { code: 'bad-option', message })
})

t.test('networks and tables are made of what there is for it', async (t) => {
  for (const [call, message] of MADE_OF) t.match(await outcomeOf(call), { code: 'bad-option', message })
})
