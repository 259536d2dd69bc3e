import { join, resolve } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import * as blindspot from 'blindspot'

/** Options that there are not; nothing else is looked at before. */
const OPTIONS = { colour: 'red' } as never
const NONE = undefined as never
const root = t.testdir()
const folder = join(root, 'set')
const lake = await blindspot.openLake(folder)
const [model, images] = [{ path: join(root, 'model') }, { source: 'mnist:test' }]
const spec = { model, images, ...(OPTIONS as object) }
const step = blindspot.attackStep({ model, images })

/** What is called with options that there are not. */
const CALLS: Readonly<Record<string, () => unknown>> = {
  activations: () => blindspot.activations(NONE, 'logits', OPTIONS),
  alexnet: () => blindspot.alexnet(OPTIONS),
  alexnet2012: () => blindspot.alexnet2012(OPTIONS),
  amplify: () => blindspot.amplify(0.1, OPTIONS),
  arrowSource: () => blindspot.arrowSource('x.arrow', OPTIONS),
  askData: () => blindspot.askData(lake, () => Promise.resolve(0), OPTIONS),
  attack: () => blindspot.attack(NONE, OPTIONS),
  attackSummary: () => blindspot.attackSummary(NONE, OPTIONS),
  checkClassifier: () => blindspot.checkClassifier(NONE, OPTIONS),
  cifar: () => blindspot.cifar(root, OPTIONS),
  cifarSource: () => blindspot.cifarSource(root, OPTIONS),
  coherence: () => blindspot.coherence(OPTIONS),
  compactDataSet: () => blindspot.compactDataSet(root, OPTIONS),
  decoupledDirectionNorm: () => blindspot.decoupledDirectionNorm(NONE, OPTIONS),
  deepFool: () => blindspot.deepFool(NONE, OPTIONS),
  emnist: () => blindspot.emnist(root, OPTIONS),
  emnistSource: () => blindspot.emnistSource(root, OPTIONS),
  evaluateModels: () => blindspot.evaluateModels([], OPTIONS),
  exportExamples: () => blindspot.exportExamples(lake, root, OPTIONS),
  gaussianNoise: () => blindspot.gaussianNoise(0.1, OPTIONS),
  imageFolder: () => blindspot.imageFolder(root, OPTIONS),
  imageFolderSource: () => blindspot.imageFolderSource(root, OPTIONS),
  imagesOf: () => blindspot.imagesOf({ pixels: [], labels: [], shape: [1, 1, 1] }, OPTIONS),
  imagenet: () => blindspot.imagenet(root, OPTIONS),
  imagenetPaper: () => blindspot.imagenetPaper(OPTIONS),
  imagenetSource: () => blindspot.imagenetSource(root, OPTIONS),
  ImageGridWriter: () => new blindspot.ImageGridWriter('x.png', OPTIONS),
  importModel: () => blindspot.importModel(NONE, 'x', root, OPTIONS),
  inspectModel: () => blindspot.inspectModel(root, OPTIONS),
  loadClassifier: () => blindspot.loadClassifier(root, OPTIONS),
  localExecutor: () => blindspot.localExecutor(root, OPTIONS),
  mapConcurrent: () => blindspot.mapConcurrent((x) => [x], OPTIONS),
  mnist: () => blindspot.mnist('test', OPTIONS),
  mnistBytes: () => blindspot.mnistBytes('test', OPTIONS),
  mnistSource: () => blindspot.mnistSource('test', OPTIONS),
  modelReference: () => blindspot.modelReference(root, OPTIONS),
  npz: () => blindspot.npz(root, OPTIONS),
  npzSource: () => blindspot.npzSource(root, OPTIONS),
  openLake: () => blindspot.openLake(root, OPTIONS),
  paper: () => blindspot.paper(OPTIONS),
  paperSteps: () => blindspot.paperSteps(OPTIONS),
  paperTables: () => blindspot.paperTables(NONE, OPTIONS),
  parquetSource: () => blindspot.parquetSource('x.parquet', OPTIONS),
  ParquetWriter: () => new blindspot.ParquetWriter('x.parquet', OPTIONS),
  perform: () => blindspot.perform(lake, step, OPTIONS),
  performAll: () => blindspot.performAll(lake, [{ step, effort: {} }], OPTIONS),
  performInThread: () => blindspot.performInThread(lake, step, OPTIONS),
  performInThreads: () => blindspot.performInThreads(lake, [{ step, effort: {} }], 1, OPTIONS),
  performPlan: () => blindspot.performPlan(lake, [], NONE, OPTIONS),
  progress: () => blindspot.progress(OPTIONS),
  progressBar: () => blindspot.progressBar(OPTIONS),
  queryDataSet: () => blindspot.queryDataSet(lake, 'FROM models', () => Promise.resolve(0), OPTIONS),
  queueExecutor: () => blindspot.queueExecutor(root, 'redis://none', OPTIONS),
  rank: () => blindspot.rank(OPTIONS),
  readArrow: () => blindspot.readArrow('x.arrow', OPTIONS).next(),
  readExamples: () => blindspot.readExamples('x.parquet', OPTIONS).next(),
  readParquet: () => blindspot.readParquet('x.parquet', OPTIONS).next(),
  readRecords: () => blindspot.readRecords('scores', 'x.parquet', OPTIONS).next(),
  readScores: () => blindspot.readScores('x.parquet', OPTIONS).next(),
  report: () => blindspot.report(folder, OPTIONS),
  robustAccuracy: () => blindspot.robustAccuracy(NONE, OPTIONS),
  score: () => blindspot.score([], OPTIONS),
  scoreLines: () => blindspot.scoreLines(NONE, OPTIONS),
  searchPath: () => blindspot.searchPath(NONE, OPTIONS),
  stepRows: () => blindspot.stepRows(step, 'examples', OPTIONS),
  stepState: () => blindspot.stepState(lake, step, OPTIONS),
  sweep: () => blindspot.sweep({ train: { architecture: 'FC10' } }, OPTIONS),
  sweepTables: () => blindspot.sweepTables(NONE, OPTIONS),
  tableText: () => blindspot.tableText({} as never, OPTIONS),
  train: () => blindspot.train('FC10', OPTIONS),
  units: () => blindspot.units({} as never, OPTIONS),
  verifyDataSet: () => blindspot.verifyDataSet(lake, OPTIONS),
  work: () => blindspot.work('redis://none', OPTIONS),
  writeAll: () => blindspot.writeAll(NONE, NONE, OPTIONS),
  // of what is made by another
  'lake.files': () => lake.files(OPTIONS),
  'lake.writer': () => lake.writer('models', OPTIONS),
  'lake.parts': () => lake.parts('models', OPTIONS),
  'lake.partitioned': () => lake.partitioned('models', OPTIONS),
  attackStep: () => blindspot.attackStep(spec),
  rankStep: () => blindspot.rankStep({ ...spec, layer: 'logits', passes: [{ basis: ['unit'] }] }),
  scoreStep: () =>
    blindspot.scoreStep({
      ...{ models: [model], partition: 'clean', ...(OPTIONS as object) },
      shown: { kind: 'clean', images },
    }),
  searchPathStep: () => blindspot.searchPathStep({ attack: { model, images }, ...(OPTIONS as object) }),
  trainStep: () =>
    blindspot.trainStep({ architecture: 'FC10', images, seed: 1, folder: '.', ...(OPTIONS as object) }),
}

/** Whose options are looked at elsewhere (by the lake that makes them), or are another's. */
const ELSEWHERE = ['LakeWriter', 'LakeParts', 'LakePartitioned', 'scoresTable', 'BlindspotError']

t.test('options that there are not are errors, by name', async (t) => {
  for (const [name, call] of Object.entries(CALLS)) {
    const outcome = await Promise.resolve()
      .then(call)
      .then(
        () => 'taken',
        (error: unknown) => error,
      )
    t.match(outcome, { code: 'bad-option', message: /colour|one of the keys|no option/ }, name)
  }
})

t.test('what TypeScript lets through is an error where it is no object', (t) => {
  for (const [given, got] of [
    [7, '7'],
    [null, 'null'],
    [['top'], '[top]'],
  ] as const)
    t.throws(() => blindspot.gaussianNoise(0.1, given as never), {
      code: 'bad-option',
      message: `gaussianNoise: expected an object of options, got ${got}`,
    })
  t.throws(() => blindspot.gaussianNoise(0.1, { sed: 2 } as never), {
    message: 'gaussianNoise: there is no option sed; expected one of clip, seed',
  })
  t.end()
})

t.test('every export that takes options is in the table', (t) => {
  const entry = resolve('dist/index.d.ts')
  const program = ts.createProgram([entry], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    skipLibCheck: true,
  })
  const checker = program.getTypeChecker()
  const file = program.getSourceFile(entry)
  const module = file && checker.getSymbolAtLocation(file)
  const all = module ? checker.getExportsOfModule(module) : []
  const taking = all.flatMap((symbol) => {
    const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    if (!(meant.flags & ts.SymbolFlags.Value)) return []
    const type = checker.getTypeOfSymbol(meant)
    const signatures = [...type.getCallSignatures(), ...type.getConstructSignatures()]
    const isOfOptions = (parameter: ts.Symbol) => {
      const { valueDeclaration: declaration } = parameter
      const text = declaration && ts.isParameter(declaration) ? (declaration.type?.getText() ?? '') : ''
      return /(Options|Settings|Effort|Restriction|ScoresOf)\b/.test(text) && !/Optionals/.test(text)
    }
    return signatures.some(({ parameters }) => parameters.some(isOfOptions)) ? [symbol.name] : []
  })
  t.ok(taking.length > 40, `${taking.length} take options`)
  t.same(
    taking.filter((name) => !(name in CALLS) && !ELSEWHERE.includes(name)),
    [],
  )
  t.end()
})
