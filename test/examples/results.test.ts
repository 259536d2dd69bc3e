import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import { openLake } from 'blindspot'
import { examplesOf, scoresOf } from '../pipelines/dataSet.js'

const folder = t.testdir()
/** Of two examples 1 fools the other network: source, victim, N, error, mean distortion. */
const EXPECTED = [
  ['A', 'A', '2', '1.0000', '0.2000'],
  ['A', 'B', '2', '0.5000', '0.2000'],
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
  const rows = (await connection.runAndReadAll(sql)).getRowObjects()
  t.same(
    rows.map(({ source_model, model, n, error, distortion }) => [
      ...[source_model, model, String(n)],
      ...[error, distortion].map((value) => Number(value).toFixed(4)),
    ]),
    EXPECTED,
  )
})

t.test('Python', { skip: lacking('python3', 'pyarrow', '-c', 'import pyarrow.dataset') }, (t) => {
  const { stdout, stderr } = spawnSync('python3', ['examples/results.py', folder], { encoding: 'utf8' })
  t.same(cells(stdout), EXPECTED, stderr)
  t.end()
})

t.test('R', { skip: lacking('Rscript', 'duckdb', '-e', 'library(duckdb)') }, (t) => {
  const { stdout, stderr } = spawnSync('Rscript', ['examples/results.R', folder], { encoding: 'utf8' })
  t.same(cells(stdout), EXPECTED, stderr)
  t.end()
})
