import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'
import ts from 'typescript'

const FOLDERS = ['index.ts', 'operators', 'pipelines', 'sinks', 'sources']
const PARQUET = /^(parquet-wasm|parquetjs-lite|hyparquet.*|@duckdb\/.*)$/

/** Files and folders that may take `node:fs`: the store, and what no store could be behind. */
const ON_DISK = [
  // the store's own inside
  ...['sources/store.ts', 'sources/openFile.ts', 'sources/atomicFile.ts'],
  // locks, the native binding and models are of this machine; cases may come through a pipe, links lead out of a folder
  ...['operators/lock/', 'operators/tensor/native/', 'operators/tensor/modelFile.ts'],
  ...['operators/tensor/model/ordinaryFile.ts', 'operators/tensor/model/readJson.ts'],
  ...['sources/cases.ts', 'sinks/lake/names.ts'],
  // files of the package itself
  ...['operators/kernel/linearMemory.ts', 'sinks/report/report.ts', 'sinks/grid/text.ts'],
  'pipelines/steps/provenance.ts',
]

const files = FOLDERS.flatMap((entry) =>
  entry.endsWith('.ts')
    ? [entry]
    : readdirSync(entry, { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.tsx?$/.test(file))
        .map((file) => join(entry, file)),
)
const imports = new Map(
  files.map((file) => [
    file,
    ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName),
  ]),
)
const offenders = (isOffence: (file: string, module: string) => boolean) =>
  [...imports].flatMap(([file, modules]) =>
    modules.filter((module) => isOffence(file, module)).map((module) => `${file} imports ${module}`),
  )

t.test('the walls', (t) => {
  t.ok(
    files.length > 50 && offenders((_, module) => module.startsWith('@tensorflow/')).length > 0,
    'imports are seen',
  )
  t.same(
    offenders((file, module) => module.startsWith('@tensorflow/') && !file.startsWith('operators/tensor/')),
    [],
    'TensorFlow.js stays in operators/tensor',
  )
  t.same(
    offenders(
      (file, module) =>
        file.startsWith('operators/minimize/') && /^(rxjs|@tensorflow)|\/(tensor|flow)\//.test(module),
    ),
    [],
    'operators/minimize is typed arrays only',
  )
  t.same(
    offenders((file, module) => PARQUET.test(module) && !/^(sources|sinks)\//.test(file)),
    [],
    'Parquet libraries stay in sources and sinks',
  )
  t.same(
    offenders((file, module) => /^operators\//.test(file) && /\/(sources|sinks|pipelines)\//.test(module)),
    [],
    'operators know neither sources nor sinks nor pipelines',
  )
  t.same(
    offenders(
      (file, module) =>
        file.startsWith('pipelines/figures/') &&
        /\/(steps|tensor|commands|report)\/|\/(paperSteps|classifier)\.js$/.test(module),
    ),
    [],
    'figures are of the data set alone: no step, no model, no experiment',
  )
  const onDisk = [...imports]
    .filter(([, modules]) => modules.some((module) => /^(node:)?fs(\/promises)?$/.test(module)))
    .map(([file]) => ON_DISK.find((place) => file.startsWith(place)) ?? file)
  t.same(
    [...new Set(onDisk)].sort(),
    [...ON_DISK].sort(),
    'node:fs only behind the store and in the few places that need it, all of which do',
  )
  t.same(
    offenders((file, module) => file.startsWith('sources/') && /\/(sinks|pipelines)\//.test(module)),
    [],
    'sources know neither sinks nor pipelines',
  )
  t.end()
})

t.test('no cycle', (t) => {
  const targets = (file: string) =>
    (imports.get(file) ?? [])
      .filter((module) => module.startsWith('.'))
      .map((module) => relative('.', join(dirname(file), module)).replace(/\.js$/, '.ts'))
      .map((target) => (imports.has(target) ? target : `${target}x`))
  const state = new Map<string, 'open' | 'done'>()
  const cycles: string[] = []
  const visit = (file: string, path: readonly string[]) => {
    if (state.get(file) === 'open') cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (state.has(file)) return
    state.set(file, 'open')
    for (const target of targets(file)) visit(target, [...path, file])
    state.set(file, 'done')
  }
  for (const file of files) visit(file, [])
  t.same(cycles, [])
  t.end()
})

t.test('the public types ask for no package with errors in its own', (t) => {
  const seen = new Set<string>()
  const outside = new Set<string>()
  const visit = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true)
    for (const { fileName } of importedFiles) {
      if (fileName.startsWith('.')) visit(join(dirname(file), fileName.replace(/\.js$/, '.d.ts')))
      else outside.add(fileName)
    }
  }
  visit(join('dist', 'index.d.ts'))
  t.ok(seen.size > 20 && outside.has('rxjs'), 'types are seen')
  t.same(
    [...outside].filter((module) => module.startsWith('@tensorflow/')),
    [],
    'a user of strict TypeScript needs no skipLibCheck',
  )
  t.end()
})
