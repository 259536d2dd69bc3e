import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import t from 'tap'
import ts from 'typescript'

/** A file of the library as the walls see it. */
interface File {
  readonly path: string
  readonly text: string
  /** Modules that it names, also in `import()`; those of the library as paths from the root. */
  readonly imports: readonly string[]
}

/** What may not be, and a file that would offend against it. */
interface Wall {
  readonly rule: string
  readonly offends: (file: File) => boolean
  readonly offender: readonly [path: string, text: string]
}

const FOLDERS = ['index.ts', 'operators', 'pipelines', 'sinks', 'sources']
const PARQUET = /^(parquet-wasm|parquetjs-lite|hyparquet.*|@duckdb\/.*)$/
/** The four nouns at the root of the operators. */
const NOUNS = ['architecture', 'classifier', 'random', 'errors']

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
/** Where numbers become text: faces, captions, what commands print, and verdicts. Messages of errors are made anywhere. */
const TEXTS = [
  ...['sinks/table/', 'sinks/report/', 'sinks/grid/', 'pipelines/commands/', 'pipelines/figures/'],
  ...['pipelines/report/', 'pipelines/tables/words.ts', 'pipelines/tables/table1Verdict.ts'],
  ...[
    'pipelines/tables/transfer.ts',
    'pipelines/tables/unitsSentences.ts',
    'pipelines/tables/unitsVerdict.ts',
  ],
]
/** Where a data set is asked by SQL, and what asks it. */
const ASKING = ['pipelines/tables/', 'pipelines/figures/', 'pipelines/report/', 'pipelines/commands/query.ts']
const DUCKDB = ['sources/duckdb.ts', 'sources/duckdbScan.ts', 'sources/requireRows.ts']

const within = (path: string, places: readonly string[]) => places.some((place) => path.startsWith(place))
const imports = (file: File, module: RegExp) => file.imports.some((name) => module.test(name))
/** The text without comments: what the program says. */
const code = ({ text }: File) => text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')

const WALLS: readonly Wall[] = [
  {
    rule: 'TensorFlow.js stays in operators/tensor',
    offends: (file) => imports(file, /^@tensorflow\//) && !file.path.startsWith('operators/tensor/'),
    offender: ['operators/rank.ts', "import * as tf from '@tensorflow/tfjs'"],
  },
  {
    rule: 'operators/minimize is typed arrays only',
    offends: (file) =>
      file.path.startsWith('operators/minimize/') &&
      imports(file, /^(rxjs|@tensorflow)|^operators\/(tensor|flow)\//),
    offender: ['operators/minimize/ray.ts', "import { map } from 'rxjs'"],
  },
  {
    rule: 'Parquet libraries stay in sources and sinks',
    offends: (file) => imports(file, PARQUET) && !/^(sources|sinks)\//.test(file.path),
    offender: ['pipelines/tables/units.ts', "import { DuckDBInstance } from '@duckdb/node-api'"],
  },
  {
    rule: 'operators know neither sources nor sinks nor pipelines',
    offends: (file) => file.path.startsWith('operators/') && imports(file, /^(sources|sinks|pipelines)\//),
    offender: ['operators/flow/batch.ts', "export { mnist } from '../../sources/mnist.js'"],
  },
  {
    rule: 'sources know neither sinks nor pipelines',
    offends: (file) => file.path.startsWith('sources/') && imports(file, /^(sinks|pipelines)\//),
    offender: ['sources/mnist.ts', "import { openLake } from '../sinks/lake/lake.js'"],
  },
  {
    rule: 'sinks do not know pipelines',
    offends: (file) => file.path.startsWith('sinks/') && imports(file, /^pipelines\//),
    offender: ['sinks/arrow.ts', "import { paper } from '../pipelines/paper.js'"],
  },
  {
    rule: 'steps and tables do not know each other',
    offends: (file) =>
      (file.path.startsWith('pipelines/steps/') && imports(file, /^pipelines\/tables\//)) ||
      (file.path.startsWith('pipelines/tables/') && imports(file, /^pipelines\/steps\//)),
    offender: ['pipelines/tables/table3.ts', "import { perform } from '../steps/step.js'"],
  },
  {
    rule: 'figures are of the data set alone: no step, no model, no command',
    offends: (file) =>
      file.path.startsWith('pipelines/figures/') &&
      imports(file, /^pipelines\/(steps|commands|report|paper)|^operators\/(tensor\/|classifier\.ts)/),
    offender: [
      'pipelines/figures/pixels.ts',
      "import { loadClassifier } from '../../operators/tensor/loadClassifier.js'",
    ],
  },
  {
    rule: 'only pipelines/steps/step.ts, by its outputs, takes the writers and locks of a data set',
    offends: (file) =>
      file.path.startsWith('pipelines/') &&
      !/^pipelines\/steps\/(step|outputs)\.ts$/.test(file.path) &&
      /\blake\b[\w.()]*\.(writer|parts|exclusively)\(/.test(code(file)),
    offender: ['pipelines/steps/rank.ts', "await lake.exclusively('rank', work)"],
  },
  {
    rule: 'SQL only in tables, figures, report and the query command',
    offends: (file) =>
      !within(file.path, [...ASKING, ...DUCKDB]) &&
      /['"`][^'"`\n]*\b(SELECT\s[^]*?\sFROM|FROM \w+(\s+WHERE)?)\s/.test(code(file)),
    offender: ['pipelines/commands/score.ts', 'database.rows(`SELECT model FROM scores GROUP BY ALL`)'],
  },
  {
    rule: 'node:fs only behind the store and in the few places that need it',
    offends: (file) => imports(file, /^(node:)?fs(\/promises)?$/) && !within(file.path, ON_DISK),
    offender: ['pipelines/report/report.ts', "import { statSync } from 'node:fs'"],
  },
  {
    rule: 'numbers become text only in faces and verdicts',
    offends: (file) =>
      /^(pipelines|sinks)\//.test(file.path) &&
      !within(file.path, TEXTS) &&
      code(file)
        .split('\n')
        .some((line) => /\.(toFixed|toPrecision|toLocaleString)\(/.test(line) && !/Number\(|MB/.test(line)),
    offender: ['pipelines/tables/table3.ts', 'const cell = error.toFixed(2)'],
  },
  {
    rule: 'a file at the root of operators/ exports the operator of its name, or is one of four nouns',
    offends: ({ path, text }) => {
      const name = basename(path, '.ts')
      return (
        dirname(path) === 'operators' &&
        !NOUNS.includes(name) &&
        !new RegExp(`^export (async )?(function|const) ${name}\\b`, 'm').test(text)
      )
    },
    offender: ['operators/checked.ts', 'export function requireClasses() {}'],
  },
]

/** A file by its text; the modules that it names are resolved from where it is. */
function fileOf(path: string, text: string): File {
  const { importedFiles } = ts.preProcessFile(text, true, true)
  const imports = importedFiles.map(({ fileName }) =>
    fileName.startsWith('.') ? normalize(join(dirname(path), fileName)).replace(/\.js$/, '.ts') : fileName,
  )
  return { path, text, imports }
}

const files = FOLDERS.flatMap((entry) =>
  entry.endsWith('.ts')
    ? [entry]
    : readdirSync(entry, { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.tsx?$/.test(file))
        .map((file) => join(entry, file)),
).map((path) => fileOf(path, readFileSync(path, 'utf8')))

t.test('the walls', (t) => {
  t.ok(files.length > 50 && files.some((file) => imports(file, /^@tensorflow\//)), 'imports are seen')
  for (const { rule, offends, offender } of WALLS) {
    t.same(
      files.filter(offends).map(({ path }) => path),
      [],
      rule,
    )
    t.ok(offends(fileOf(...offender)), `${rule}: ${offender[0]} would be found`)
  }
  const unused = ON_DISK.filter(
    (place) =>
      !files.some((file) => file.path.startsWith(place) && imports(file, /^(node:)?fs(\/promises)?$/)),
  )
  t.same(unused, [], 'all that may take node:fs need it')
  t.end()
})

t.test('no cycle', (t) => {
  t.same(cyclesIn(files), [])
  const cycle = [
    fileOf('sinks/a.ts', "import { b } from './b.js'"),
    fileOf('sinks/b.ts', "export type { A } from './a.js'"),
  ]
  t.same(cyclesIn(cycle), ['sinks/a.ts → sinks/b.ts → sinks/a.ts'], 'one would be found')
  t.end()
})

function cyclesIn(some: readonly File[]): readonly string[] {
  const byPath = new Map(some.map((file) => [file.path, file]))
  const state = new Map<string, 'open' | 'done'>()
  const cycles: string[] = []
  const visit = (path: string, above: readonly string[]) => {
    const file = byPath.get(path) ?? byPath.get(`${path}x`)
    if (!file) return
    if (state.get(file.path) === 'open')
      cycles.push([...above.slice(above.indexOf(file.path)), file.path].join(' → '))
    if (state.has(file.path)) return
    state.set(file.path, 'open')
    for (const target of file.imports) visit(target, [...above, file.path])
    state.set(file.path, 'done')
  }
  for (const { path } of some) visit(path, [])
  return cycles
}

t.test('the public names are those of the list', (t) => {
  const index = ts.createSourceFile('index.ts', readFileSync('index.ts', 'utf8'), ts.ScriptTarget.Latest)
  const names = index.statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)
      ? statement.exportClause.elements.map(({ name }) => name.text)
      : [],
  )
  const kept = readFileSync('test/publicNames.txt', 'utf8').trim().split('\n')
  t.same(
    [...names].sort(),
    kept,
    'a name that comes or goes is a change of the interface: test/publicNames.txt says so, too',
  )
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
