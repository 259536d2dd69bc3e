import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import ts from 'typescript'
import { attackStep, openLake, perform, scoreStep, trainStep } from 'blindspot'

/** What an example has without a line that imports it, beside all of blindspot. */
const MODULES: Readonly<Record<string, readonly string[]>> = {
  rxjs: ['from', 'lastValueFrom', 'map', 'Observable'],
  'node:path': ['resolve'],
  'node:fs/promises': ['open', 'readFile'],
}

/** Those that take minutes, or files of other people's. */
const NOT_RUN = [
  'cifar',
  'emnist',
  'imageFolder',
  'imagenet',
  'imagenetPaper',
  'importModel',
  'npz',
  'paper',
  'predictedLabels',
  'readDirections',
  'sweep',
]

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node'],
}

/** The names of the public exports, and the examples in their comments. */
function documented() {
  const entry = resolve('dist/index.d.ts')
  const program = ts.createProgram([entry], OPTIONS)
  const checker = program.getTypeChecker()
  const file = program.getSourceFile(entry)
  const module = file && checker.getSymbolAtLocation(file)
  const all = module ? checker.getExportsOfModule(module) : []
  const examples = all.flatMap((symbol) => {
    const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    return meant
      .getJsDocTags(checker)
      .filter(({ name }) => name === 'example')
      .map(({ text }, i) => ({
        name: `${symbol.name}${i === 0 ? '' : i + 1}`,
        code: ts.displayPartsToString(text),
      }))
  })
  return { names: all.map(({ name }) => name), examples }
}

const { names, examples } = documented()
const folder = t.testdir()

/** An example as a module. */
function moduleOf(code: string): string {
  const has = (name: string) => new RegExp(`(?<![.\\w'])${name}\\b(?!')`).test(code)
  const isDeclared = (name: string) =>
    new RegExp(`(const|let) (${name}\\b|[{[][^=]*\\b${name}\\b[^=]*[}\\]] =)`).test(code)
  const imports = Object.entries({ blindspot: names, ...MODULES }).map(([module, some]) => {
    const used = some.filter((name) => has(name) && !isDeclared(name))
    return used.length === 0 ? '' : `import { ${used.join(', ')} } from '${module}'\n`
  })
  return `${imports.join('')}${code}\nexport {}\n`
}

const files = examples.map(({ name, code }) => {
  const file = join(folder, `${name}.mts`)
  writeFileSync(file, moduleOf(code))
  return { name, file, code }
})

t.test('the examples of doc comments are TypeScript', (t) => {
  t.ok(files.length > 50, `${files.length} examples`)
  const program = ts.createProgram(
    files.map(({ file }) => file),
    OPTIONS,
  )
  const faults = ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${file?.fileName.split('/').at(-1) ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    )
  t.same(faults, [])
  t.end()
})

/** A network, another one, and a data set of what one attack made. */
async function prepare(): Promise<void> {
  for (const [name, seed] of [
    ['my-model', 1],
    ['victim', 2],
  ] as const) {
    const images = { source: 'mnist:train', first: 1000 }
    const options = { iterations: 20 }
    await perform(
      await openLake(name),
      trainStep({ architecture: 'FC10', name, images, seed, options, folder: '.' }),
    )
  }
  const lake = await openLake('results')
  const attack = { model: { path: resolve('my-model') }, images: { source: 'mnist:test' } }
  await perform(lake, attackStep(attack), { limit: 16, workers: 0 })
  const models = ['my-model', 'victim'].map((name) => ({ path: resolve(name) }))
  const shown = { kind: 'adversarial', examples: { attack } } as const
  await perform(lake, scoreStep({ models, shown, partition: 'adversarial' }))
}

t.test('they run as they stand, where a network called my-model is', async (t) => {
  const [home, log] = [process.cwd(), console.log.bind(console)]
  t.teardown(() => {
    process.chdir(home)
    console.log = log
  })
  process.chdir(folder)
  console.log = () => undefined
  await prepare()
  for (const { name, file, code } of files) {
    if (NOT_RUN.includes(name)) continue
    const script = file.replace('.mts', '.run.mjs')
    writeFileSync(
      script,
      ts.transpileModule(moduleOf(code), {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
      }).outputText,
    )
    const outcome = await import(pathToFileURL(script).href).then(
      () => 'done',
      (error: unknown) => error,
    )
    t.equal(outcome, 'done', name)
  }
  t.ok(existsSync('results/report.html'))
})
