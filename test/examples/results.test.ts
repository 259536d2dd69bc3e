import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import { openLake } from 'blindspot'
import { proportion } from '../../pipelines/tables/statistics.js'
import { examplesOf, scoresOf } from '../pipelines/dataSet.js'
import { python } from '../python.js'

const folder = t.testdir()
const shown = (value: unknown) => (typeof value === 'number' ? value.toFixed(4) : String(value))
const fed = (model: string, count: number) => {
  const { value, low, high } = proportion(count, 2)
  return ['transfer', 'A', model, '2', ...[value, low, high].map(shown)]
}
/** Of two examples 1 fools the other network: question, source, then what it asks for. */
const EXPECTED = [
  fed('A', 2),
  fed('B', 1),
  ['distance', 'A', 'random', '2', '0.2000', '0.1000', '100'],
  ['ending', 'A', 'random', 'success', 'none', '2'],
  ['ending', 'A', 'random', 'skipped', 'misclassified', '1'],
]

t.before(async () => {
  const lake = await openLake(folder)
  const examples = lake.writer('examples', { step: 'attack', partition: { source: 'A' } })
  await examples.write(examplesOf('A', [0.1, 0.3], { skipped: 1 }))
  await examples.close()
  const scores = lake.writer('scores', { step: 'score', partition: { shown: 'A' } })
  await scores.write(scoresOf('A', 'A', 2, 2))
  await scores.write(scoresOf('A', 'B', 2, 1))
  await scores.write(scoresOf('A', 'B', 2, 2, { kind: 'gaussian', stddev: 1 }))
  await scores.close()
})

/** Lines of a program's output, cut at tabs. */
const cells = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))

/** Why a program cannot run here; false where it can. */
function lacking(program: string, library: string, ...trial: string[]): false | string {
  const { error, status } = spawnSync(program, trial, { stdio: 'ignore' })
  if (error) return `language: needs ${program}`
  return status === 0 ? false : `language: ${program} needs ${library}`
}

t.test('DuckDB', async (t) => {
  const sql = readFileSync('examples/results.sql', 'utf8').replaceAll("'results/", `'${folder}/`)
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  t.teardown(() => connection.closeSync())
  const statements = await connection.extractStatements(sql)
  const rows: string[][] = []
  for (let i = 0; i < statements.count; i++) {
    const found = await (await statements.prepare(i)).runAndReadAll()
    rows.push(...found.getRowsJS().map((row) => row.map(shown)))
  }
  const whole = (row: readonly string[]) => row.map((value) => value.replace(/^(\d+)\.0000$/, '$1'))
  t.same(rows.map(whole), EXPECTED.map(whole))
})

const arrow = python(['pyarrow.dataset'])
t.test('Python', { skip: 'skip' in arrow && arrow.skip }, (t) => {
  if ('skip' in arrow) return t.end()
  const { stdout, stderr } = spawnSync(arrow.path, ['examples/results.py', folder], { encoding: 'utf8' })
  t.same(cells(stdout), EXPECTED, stderr)
  t.end()
})

interface Notebook {
  readonly cells: readonly {
    readonly cell_type: string
    readonly source: readonly string[]
    readonly outputs?: readonly unknown[]
  }[]
}

/** Runs the cells that it reads in one namespace, and prints what each ends with, as Jupyter does; then three of its tables. */
const RUNNER = `
import ast, json, sys
names = {}
for cell in json.load(sys.stdin):
    tree = ast.parse(cell)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    if last is not None:
        print(eval(compile(ast.Expression(last.value), "cell", "eval"), names), file=sys.stderr)
for name in ["transfer", "distances", "endings"]:
    for row in names[name].drop(columns="run").values.tolist():
        print(name, *(f"{one:.4f}" if isinstance(one, float) else one for one in row), sep="\\t")
`

const pandas = python(['duckdb', 'pandas'])
t.test('a Python notebook, cell by cell', { skip: 'skip' in pandas && pandas.skip }, (t) => {
  if ('skip' in pandas) return t.end()
  const notebook = JSON.parse(readFileSync('examples/results.ipynb', 'utf8')) as Notebook
  const code = notebook.cells.filter((cell) => cell.cell_type === 'code')
  t.ok(code.length > 5 && code.every(({ outputs }) => outputs?.length === 0), 'without outputs')
  const { stdout, stderr } = spawnSync(pandas.path, ['-c', RUNNER], {
    encoding: 'utf8',
    input: JSON.stringify(code.map(({ source }) => source.join(''))),
    env: { ...process.env, RESULTS: folder },
  })
  const named: Readonly<Record<string, string>> = { distance: 'distances', ending: 'endings' }
  t.same(
    cells(stdout),
    EXPECTED.map(([question, ...row]) => [named[question] ?? question, ...row]),
    stderr,
  )
  t.match(stderr, /rows +bytes[^]*examples +3/, 'what is in the data set')
  t.end()
})

t.test('R', { skip: lacking('Rscript', 'duckdb', '-e', 'library(duckdb)') }, (t) => {
  const { stdout, stderr } = spawnSync('Rscript', ['examples/results.R', folder], { encoding: 'utf8' })
  t.same(cells(stdout), EXPECTED, stderr)
  t.end()
})
