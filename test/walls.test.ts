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
  /** All nodes of the program. */
  readonly nodes: readonly ts.Node[]
}

/** What may not be, and files that would offend against it. */
interface Wall {
  readonly rule: string
  readonly offends: (file: File) => boolean
  readonly offenders: readonly (readonly [path: string, text: string])[]
}

const FOLDERS = ['index.ts', 'operators', 'pipelines', 'sinks', 'sources']
const PARQUET = /^(parquet-wasm|parquetjs-lite|hyparquet.*|@duckdb\/.*)$/
/** The four nouns at the root of the operators. */
const NOUNS = ['architecture', 'classifier', 'random', 'errors']

/** Files and folders that may take `node:fs`: the store, and what no store could be behind. */
const ON_DISK = [
  'sources/objects/',
  // the store's own inside
  ...['sources/store.ts', 'sources/openFile.ts', 'sources/atomicFile.ts'],
  'sources/nameIfAbsent.ts',
  // locks, the native binding and models are of this machine; cases may come through a pipe, links lead out of a folder
  ...[
    'operators/lock/',
    'operators/tensor/native/',
    'operators/tensor/writeModelFile.ts',
    'operators/tensor/import/',
  ],
  ...['operators/tensor/model/ordinaryFile.ts', 'operators/tensor/model/readJson.ts'],
  // look at what is no model, and no source
  ...['operators/tensor/model/foreign.ts', 'sources/likelySource.ts'],
  // what is piped in is kept in the folder of temporary files
  ...['sources/cases.ts', 'sinks/lake/names.ts', 'sources/standardInput.ts'],
  // files of the package itself
  ...['operators/kernel/linearMemory.ts', 'sinks/report/report.ts', 'sinks/grid/text.ts'],
  'pipelines/steps/provenance.ts',
  // of a mistake of the program its trace, when little else may work
  'pipelines/commands/describe.ts',
  // what the system tells of processes
  'pipelines/sweep/children/memory.ts',
]
/** Where numbers become text: faces, captions, what commands print, and verdicts. Messages of errors are made anywhere. */
const TEXTS = [
  ...['sinks/table/', 'sinks/answer/', 'sinks/report/', 'sinks/grid/'],
  ...['pipelines/commands/', 'pipelines/figures/'],
  ...['pipelines/report/', 'pipelines/tables/words.ts', 'pipelines/tables/table1Verdict.ts'],
  'pipelines/tables/reachVerdict.ts',
  'pipelines/tables/photographs.ts',
  ...[
    'pipelines/tables/transfer.ts',
    'pipelines/tables/unitsSentences.ts',
    'pipelines/tables/unitsVerdict.ts',
  ],
]
/** Where a data set is asked by SQL, and what asks it. */
const ASKING = [
  ...['pipelines/tables/', 'pipelines/figures/', 'pipelines/report/', 'pipelines/questions/'],
  // what each run stands for as a table of SQL and by its rows, and rows that are there twice
  ...['pipelines/runs/runsView.ts', 'pipelines/runs/toldByRows.ts', 'pipelines/verify/keys.ts'],
]
const DUCKDB = [
  'sources/duckdb.ts',
  'sources/query/openQuery.ts',
  'sources/duckdbScan.ts',
  'sources/requireRows.ts',
]

const within = (path: string, places: readonly string[]) => places.some((place) => path.startsWith(place))
const imports = (file: File, module: RegExp) => file.imports.some((name) => module.test(name))

/** All nodes of a program. */
function nodesOf(path: string, text: string): readonly ts.Node[] {
  const all: ts.Node[] = []
  const visit = (node: ts.Node) => {
    all.push(node)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true))
  return all
}

/** What a member is called that a program asks an object for: `a.name`, `a?.name`, `a['name']`, `{ name } = a`. */
function memberOf(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.name.text
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
    return node.argumentExpression.text
  if (!ts.isBindingElement(node) || !ts.isObjectBindingPattern(node.parent)) return undefined
  const name = node.propertyName ?? node.name
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : undefined
}

/** A string's or a template's text over all its lines; what is put in is `$`. */
function literalOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('$')
}

/** What a node is in, the nearest first. */
const aroundOf = (node: ts.Node): readonly ts.Node[] =>
  ts.isSourceFile(node) ? [] : [node.parent, ...aroundOf(node.parent)]

const SQL = [
  /^\s*SELECT\s/,
  /\bSELECT\s[^]*\sFROM\s/,
  /^\s*FROM\s+["$\w]/,
  /\bFROM\s+["$\w]+\s+(WHERE|GROUP|ORDER|JOIN)\b/,
]
const MORE_SQL = /^\s*(WITH\s+\w+\s+AS\s|CREATE\s|INSERT\s+INTO\s|COPY\s)/
const isSql = (node: ts.Node) => {
  const text = literalOf(node)
  return text !== undefined && [...SQL, MORE_SQL].some((sql) => sql.test(text))
}

const NUMBER_TEXTS = ['toFixed', 'toPrecision', 'toLocaleString', 'toExponential', 'NumberFormat']
const ROUNDED = /^Math\.(round|floor|ceil|trunc)$/

/** Whether a number becomes text here that is neither a message of an error nor made a number again. */
function isNumberText(node: ts.Node): boolean {
  const around = aroundOf(node)
  const isRounded =
    ts.isCallExpression(node) && ROUNDED.test(node.expression.getText()) && ts.isTemplateSpan(node.parent)
  if (!isRounded && !NUMBER_TEXTS.includes(memberOf(node) ?? '')) return false
  return !around.some(
    (one, i) =>
      (ts.isNewExpression(one) && one.expression.getText().endsWith('Error')) ||
      // Number(x.toFixed(2)): the call, and what it is an argument of
      (i === 1 && ts.isCallExpression(one) && one.expression.getText() === 'Number'),
  )
}

const TAKEN = ['writer', 'parts', 'exclusively']
/** What else is called so: a step's own rows, which `perform` gives it. */
const OWN_ROWS: Readonly<Partial<Record<string, readonly string[]>>> = {
  'pipelines/steps/attack.ts': ['work.parts'],
  'pipelines/steps/score.ts': ['work.parts'],
  'pipelines/steps/unreadableRows.ts': ['work.parts'],
}
const takes = (file: File, node: ts.Node) =>
  TAKEN.includes(memberOf(node) ?? '') && !OWN_ROWS[file.path]?.includes(node.getText())

const WALLS: readonly Wall[] = [
  {
    rule: 'TensorFlow.js stays in operators/tensor',
    offends: (file) => imports(file, /^@tensorflow\//) && !file.path.startsWith('operators/tensor/'),
    offenders: [['operators/rank.ts', "import * as tf from '@tensorflow/tfjs'"]],
  },
  {
    rule: 'operators/minimize is typed arrays only',
    offends: (file) =>
      file.path.startsWith('operators/minimize/') &&
      imports(file, /^(rxjs|@tensorflow)|^operators\/(tensor|flow)\//),
    offenders: [['operators/minimize/ray.ts', "import { map } from 'rxjs'"]],
  },
  {
    rule: 'Parquet libraries stay in sources and sinks',
    offends: (file) => imports(file, PARQUET) && !/^(sources|sinks)\//.test(file.path),
    offenders: [['pipelines/tables/units.ts', "import { DuckDBInstance } from '@duckdb/node-api'"]],
  },
  {
    rule: 'operators know neither sources nor sinks nor pipelines',
    offends: (file) => file.path.startsWith('operators/') && imports(file, /^(sources|sinks|pipelines)\//),
    offenders: [['operators/flow/batch.ts', "export { mnist } from '../../sources/mnist.js'"]],
  },
  {
    rule: 'sources know neither sinks nor pipelines',
    offends: (file) => file.path.startsWith('sources/') && imports(file, /^(sinks|pipelines)\//),
    offenders: [['sources/mnist.ts', "import { openLake } from '../sinks/lake/lake.js'"]],
  },
  {
    rule: 'sinks do not know pipelines',
    offends: (file) => file.path.startsWith('sinks/') && imports(file, /^pipelines\//),
    offenders: [['sinks/arrow.ts', "import { paper } from '../pipelines/paper.js'"]],
  },
  {
    rule: 'figures are of the data set alone: no step, no model, no command',
    offends: (file) =>
      file.path.startsWith('pipelines/figures/') &&
      imports(file, /^pipelines\/(steps|commands|report|paper)|^operators\/(tensor\/|classifier\.ts)/),
    offenders: [
      [
        'pipelines/figures/pixels.ts',
        "import { loadClassifier } from '../../operators/tensor/loadClassifier.js'",
      ],
    ],
  },
  {
    rule: 'only pipelines/steps/step.ts, by its outputs, and what notes failures take the writers and locks of a data set',
    offends: (file) =>
      file.path.startsWith('pipelines/') &&
      !/^pipelines\/steps\/(step|outputs|failures)\.ts$/.test(file.path) &&
      file.nodes.some((node) => takes(file, node)),
    offenders: [
      ['pipelines/steps/rank.ts', "await lake.exclusively('rank', work)"],
      ['pipelines/steps/attack.ts', "const rows = (await openLake(out)).parts('examples', options)"],
      ['pipelines/commands/score.ts', "const data = await openLake(out)\ndata.writer('scores', { step })"],
      ['pipelines/paper.ts', "data['writer']('scores', { step })"],
      ['pipelines/paper.ts', 'const { exclusively: alone } = data'],
    ],
  },
  {
    rule: 'SQL only in tables, figures, report and the questions of the query command',
    offends: (file) => !within(file.path, [...ASKING, ...DUCKDB]) && file.nodes.some(isSql),
    offenders: [
      ['pipelines/commands/score.ts', 'database.rows(`SELECT model FROM scores GROUP BY ALL`)'],
      ['pipelines/commands/score.ts', 'database.rows(`\n  SELECT model,\n    ${what}\n  FROM scores\n`)'],
      ['pipelines/steps/score.ts', 'database.rows(`\nWITH a AS (SELECT 1) SELECT *\nFROM a`)'],
      ['sinks/table/text.ts', "const query = 'SELECT model ' + rest"],
      ['operators/rank.ts', 'const from = `FROM ${table} WHERE k = 8`'],
    ],
  },
  {
    rule: 'node:fs only behind the store and in the few places that need it',
    offends: (file) => imports(file, /^(node:)?fs(\/promises)?$/) && !within(file.path, ON_DISK),
    offenders: [['pipelines/report/report.ts', "import { statSync } from 'node:fs'"]],
  },
  {
    rule: 'numbers become text only in faces and verdicts',
    offends: (file) =>
      /^(pipelines|sinks)\//.test(file.path) && !within(file.path, TEXTS) && file.nodes.some(isNumberText),
    offenders: [
      ['pipelines/tables/table3.ts', 'const cell = error.toFixed(2)'],
      ['pipelines/tables/table3.ts', 'const cell = Number(error) + `${error.toFixed(2)} MB`'],
      ['pipelines/tables/table3.ts', "const cell = new Intl.NumberFormat('en').format(error)"],
      ['pipelines/steps/rank.ts', "import { x } from './x.js'\nconst { NumberFormat } = Intl"],
      ['pipelines/steps/rank.ts', 'const label = `${Math.round(100 * error)} %`'],
      ['sinks/lake/lake.ts', 'const size = bytes.toExponential(1)'],
    ],
  },
  {
    rule: 'a file at the root of operators/ exports the operator of its name, or is one of four nouns',
    offends: ({ path, text }) => {
      const name = basename(path, '.ts')
      return (
        dirname(path) === 'operators' &&
        name !== 'index' &&
        !NOUNS.includes(name) &&
        !new RegExp(`^export (async )?(function|const) ${name}\\b`, 'm').test(text)
      )
    },
    offenders: [['operators/checked.ts', 'export function requireClasses() {}']],
  },
]

/** A file by its text; the modules that it names are resolved from where it is. */
function fileOf(path: string, text: string): File {
  const { importedFiles } = ts.preProcessFile(text, true, true)
  const imports = importedFiles.map(({ fileName }) =>
    fileName.startsWith('.') ? normalize(join(dirname(path), fileName)).replace(/\.js$/, '.ts') : fileName,
  )
  return { path, text, imports, nodes: nodesOf(path, text) }
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
  for (const { rule, offends, offenders } of WALLS) {
    t.same(
      files.filter(offends).map(({ path }) => path),
      [],
      rule,
    )
    for (const [path, text] of offenders)
      t.ok(offends(fileOf(path, text)), `${rule}: ${path} would be found: ${text}`)
  }
  const unused = ON_DISK.filter(
    (place) =>
      !files.some((file) => file.path.startsWith(place) && imports(file, /^(node:)?fs(\/promises)?$/)),
  )
  t.same(unused, [], 'all that may take node:fs need it')
  t.end()
})

t.test('steps and tables do not know each other, nor through other files', (t) => {
  const [steps, tables] = ['pipelines/steps/', 'pipelines/tables/']
  t.same([...reached(files, steps, tables), ...reached(files, tables, steps)], [])
  const direct = [
    fileOf('pipelines/tables/table3.ts', "import { perform } from '../steps/step.js'"),
    fileOf('pipelines/steps/step.ts', ''),
  ]
  t.same(reached(direct, tables, steps), ['pipelines/tables/table3.ts → pipelines/steps/step.ts'])
  const through = [
    fileOf('pipelines/steps/rank.ts', "export type { Words } from '../common.js'"),
    fileOf('pipelines/common.ts', "const words = await import('./more.js')"),
    fileOf('pipelines/more.ts', "import { percent } from './tables/words.js'"),
    fileOf('pipelines/tables/words.ts', ''),
  ]
  const way = 'pipelines/steps/rank.ts → pipelines/common.ts → pipelines/more.ts → pipelines/tables/words.ts'
  t.same(reached(through, steps, tables), [way], 'one through two others would be found')
  t.end()
})

/** The ways by which files of one folder come to know files of another, the first way to each. */
function reached(some: readonly File[], from: string, to: string): readonly string[] {
  const byPath = new Map(some.map((file) => [file.path, file]))
  return some
    .filter(({ path }) => path.startsWith(from))
    .flatMap(({ path: start }) => {
      const ways = new Map([[start, [start]]])
      // grows while it is gone through
      for (const [path, way] of ways)
        for (const target of path.startsWith(to) ? [] : (byPath.get(path)?.imports ?? [])) {
          const found = byPath.has(target) ? target : `${target}x`
          if (byPath.has(found) && !ways.has(found)) ways.set(found, [...way, found])
        }
      return [...ways.values()].filter((way) => way[way.length - 1].startsWith(to))
    })
    .map((way) => way.join(' → '))
}

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
  const kept = readFileSync('test/publicNames.txt', 'utf8').trim().split('\n')
  t.same(
    [...new Set(namesOf('index.ts'))].sort(),
    kept,
    'a name that comes or goes is a change of the interface: test/publicNames.txt says so, too',
  )
  t.end()
})

/** The names that a file passes on, with those of the files of which it passes on all. */
function namesOf(path: string): readonly string[] {
  const { statements } = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
  return statements.filter(ts.isExportDeclaration).flatMap(({ exportClause, moduleSpecifier }) => {
    if (exportClause)
      return ts.isNamedExports(exportClause) ? exportClause.elements.map(({ name }) => name.text) : []
    return moduleSpecifier && ts.isStringLiteral(moduleSpecifier)
      ? namesOf(join(dirname(path), moduleSpecifier.text.replace(/\.js$/, '.ts')))
      : []
  })
}

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
