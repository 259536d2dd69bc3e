import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Float64, makeData, RecordBatch, Schema, Struct, Field } from 'apache-arrow'
import { parquetMetadata } from 'hyparquet'
import t from 'tap'
import { askData, openLake, runsOf, type Lake, type TableName, type Tables } from 'blindspot'
import { blindspot } from '../commandLine.js'
import { attackInto } from '../commands.js'
import { examplesOf, scoresOf } from '../dataSet.js'
import { rowsOf } from '../questions/asked.js'

/** Writes as a program of one's own does, which says a step alone. */
async function write<Name extends TableName>(
  lake: Lake,
  table: Name,
  step: string,
  ...records: Tables[Name][]
): Promise<void> {
  const writer = lake.writer(table, { step })
  for (const record of records) await writer.write(record as never)
  await writer.close()
}

const folder = t.testdir()
let lake: Lake
t.before(async () => {
  lake = await openLake(join(folder, 'set'))
  const drawn = { ...examplesOf('a', [0.1, 0.2]), run: 'drawn', options: 'seed=7 penalty=norm' }
  const far = { ...examplesOf('b', [0.3], { goal: 'untargeted' }), run: 'far', method: 'deepfool' as const }
  await write(lake, 'examples', 'attack', drawn, far)
  await write(lake, 'scores', 'transfer', { ...scoresOf('a', 'c', 2, 1), run: 'drawn' })
  const scored = { ...scoresOf('d', 'c', 3, 1), run: 'elsewhere' }
  const other = { ...scoresOf('d', 'b', 3, 2), run: 'elsewhere' }
  const noise = { ...scoresOf('', 'c', 3, 1, { kind: 'gaussian', stddev: 0.1 }), run: 'noise' }
  await write(lake, 'scores', 'shown', scored, other, noise)
  await write(lake, 'training', 'fit', [
    {
      ...({ kind: 'training', model: 'c', phase: 'network', epoch: 1, epochs: 1, loss: 1 } as const),
      ...{ trainError: 0.5, seconds: 1 },
    },
  ])
  await write(lake, 'examples', 'nothing')
})

t.test('each run that rows from code have is a line, with what they tell', async (t) => {
  const runs = new Map((await runsOf(lake)).map((run) => [run.run, run]))
  t.same([...runs.keys()].sort(), ['drawn', 'elsewhere', 'far', 'fit', 'noise', 'nothing'])
  t.match(runs.get('drawn'), {
    ...{ kind: 'attack', models: ['a'], method: 'l-bfgs', goal: 'random', seed: 7, shown: null, ofRuns: [] },
    ...{ dataset: 'mnist', split: 'train', options: { seed: 7, penalty: 'norm' }, files: 2 },
    ...{ tables: { examples: 2, scores: 2 }, rows: 4, steps: ['attack', 'transfer'] },
  })
  t.match(runs.get('far'), { kind: 'attack', models: ['b'], method: 'deepfool', seed: null, rows: 1 })
  t.match(runs.get('elsewhere'), {
    ...{ kind: 'score', models: ['b', 'c'], shown: 'adversarial', method: 'l-bfgs', goal: 'random' },
    ...{ tables: { scores: 6 }, steps: ['shown'] },
  })
  t.match(runs.get('noise'), { kind: 'score', shown: 'gaussian', method: null, goal: null, seed: 1 })
  t.match(runs.get('fit'), { kind: 'train', models: ['c'], rows: 1, steps: ['fit'] }, 'rows without a run')
  t.match(runs.get('nothing'), { kind: 'attack', rows: 0, models: [] }, 'a step without rows')
  t.match(await blindspot('runs', lake.folder), {
    code: 0,
    out: /drawn  attack  a; l-bfgs, random, seed=7, penalty=norm; mnist train\n  2 examples, 2 scores; .*; step attack, transfer/,
  })
})

t.test('the tables join on it, wherever they are asked', async (t) => {
  const sql =
    'SELECT r.method, count(*)::INT n FROM examples e JOIN runs r USING (run) GROUP BY ALL ORDER BY n'
  const joined = [
    { method: 'deepfool', n: 1 },
    { method: 'l-bfgs', n: 2 },
  ]
  t.same(await rowsOf(lake, sql), joined)
  t.same(await askData(lake, (database) => database.rows(sql)), joined)
  const twice = askData(lake, async (database) => [
    await database.rows(sql),
    await database.rows('SELECT run FROM runs'),
  ])
  t.equal((await twice)[1]?.length, 6)
  const some = await askData(lake, (database) => database.rows('SELECT run FROM runs'), {
    tables: ['examples'],
  })
  t.same(some.length, 3, 'of the tables that are asked')
})

t.test('what commits tell stays, and rows from code that are of it are a line of their step', async (t) => {
  const set = join(folder, 'told')
  await attackInto(set, resolve('test/fixtures/FC48-10'), 'mnist:test', { limit: 4 })
  const told = await openLake(set)
  const [before] = await runsOf(told)
  await write(told, 'scores', 'mine', { ...scoresOf('FC48-10', 'own', 4, 1), run: before.run })
  const [after, mine, ...more] = await runsOf(told)
  t.same(more, [])
  t.same(after, before)
  t.match(mine, { run: 'mine', kind: 'score', models: ['own'], ofRuns: [before.run], rows: 4 })
})

t.test('a table of one’s own is of its step', async (t) => {
  const own = await openLake(join(folder, 'own'))
  const fields = [new Field('x', new Float64(), false)]
  const child = makeData({ type: new Float64(), data: Float64Array.of(1, 2) })
  const data = makeData({ type: new Struct(fields), length: 2, nullCount: 0, children: [child] })
  const writer = own.writer('notes', { step: 'noted' })
  await writer.write(new RecordBatch(new Schema(fields), data))
  await writer.close()
  await write(own, 'examples', 'noted', { ...examplesOf('a', [0.1]), run: 'one' })
  t.match(
    [...(await runsOf(own))].sort((a, b) => (a.run < b.run ? -1 : 1)),
    [
      { run: 'noted', kind: '', tables: { notes: 2 }, models: [] },
      { run: 'one', kind: 'attack', tables: { examples: 1 } },
    ],
  )
})

t.test('columns that do not tell are not read; a file that cannot be read is named', async (t) => {
  const set = await openLake(join(folder, 'damaged'))
  const two = ['x', 'z'].map((run) => ({ ...examplesOf('a', [0.1, 0.2]), run }))
  await write(set, 'examples', 'one', ...two)
  await write(set, 'examples', 'two', { ...examplesOf('b', [0.3]), run: 'y' })
  const [{ path }] = await set.files()
  const bytes = readFileSync(path)
  const { row_groups: groups } = parquetMetadata(Uint8Array.from(bytes).buffer)
  const damage = (column: string) => {
    const [from] = groups[0].columns.flatMap(({ meta_data: of }) =>
      of?.path_in_schema[0] === column ? [Number(of.dictionary_page_offset ?? of.data_page_offset)] : [],
    )
    writeFileSync(
      path,
      bytes.map((byte, i) => (i >= from && i < from + 30 ? byte ^ 0x5a : byte)),
    )
  }
  damage('original')
  await t.rejects(rowsOf(set, 'SELECT original FROM examples'), { code: 'bad-data' }, 'images are damaged')
  t.same((await runsOf(set)).map(({ run }) => run).sort(), ['x', 'y', 'z'])
  damage('run')
  await t.rejects(runsOf(set), { code: 'bad-data', message: path })
})
