import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { RecordBatch } from 'apache-arrow'
import { lastValueFrom, toArray } from 'rxjs'
import t from 'tap'
import {
  activations,
  attack,
  decoupledDirectionNorm,
  deepFool,
  loadClassifier,
  mnist,
  openLake,
  perform,
  score,
  searchPath,
  trainStep,
  useBackend,
  type Classifier,
} from 'blindspot'
import { consume } from '../../operators/flow/consume.js'
import { ofColumns } from '../../operators/records/batch.js'
import { isLater } from '../../operators/records/schema.js'
import { TABLES, isTableName, type TableName } from '../../operators/records/tables.js'
import { arrowCopy } from '../../pipelines/arrowCopy.js'
import { ParquetWriter } from '../../sinks/parquet.js'
import { readArrow } from '../../sources/arrow.js'
import { readRecords, readScores } from '../../sources/records.js'
import { collect } from '../sinks/records.js'
import { attackInto, rankInto, scoreInto } from './commands.js'
import { examplesOf, modelOf, scoresOf } from './dataSet.js'
import { writeImages } from './smallImages.js'
import { tablesOf } from './tables/asked.js'

const root = t.testdir()
const data = writeImages(join(root, 'images'), 1, 400)
const shown = `mnist@${data}:test`
const [out, one, other] = ['set', 'one', 'other'].map((name) => join(root, name))
const names = Object.keys(TABLES).filter(isTableName)

/** Rows of SQL over the tables of a data set, as a user has them. */
async function sql(folder: string, text: string): Promise<Readonly<Record<string, unknown>>[]> {
  const connection = await (await DuckDBInstance.create()).connect()
  try {
    const tables = new Set(
      (await (await openLake(folder, { readOnly: true })).files()).map(({ table }) => table),
    )
    for (const table of tables)
      await connection.run(
        `create view ${table} as from read_parquet('${folder}/${table}/**/*.parquet', hive_partitioning = true)`,
      )
    return (await connection.runAndReadAll(text)).getRowObjectsJson()
  } finally {
    connection.closeSync()
  }
}

await useBackend()

t.test('a data set of networks, attacked and ranked in several ways', async () => {
  const lake = await openLake(out)
  for (const [folder, name, seed] of [
    [join(root, 'first'), 'one', 1],
    [one, 'one', 2],
    [other, 'other', 3],
  ] as const) {
    const images = { source: `mnist@${data}:train`, first: 400, shuffle: seed }
    await perform(
      // a data set has one network of a name
      seed === 1 ? await openLake(join(root, 'apart')) : lake,
      trainStep({ architecture: 'FC12-3', name, images, seed, options: { epochs: 2 }, folder }),
    )
  }
  for (const options of [
    { goal: 'all', limit: 16 },
    { goal: 'random', limit: 30 },
    { goal: 'random', limit: 30, seed: 2 },
    { goal: 'random', limit: 30, maxEvaluations: 30 },
    { goal: 'random', limit: 40, penalty: 'norm' },
    { goal: 'untargeted', limit: 30 },
  ] as const)
    await attackInto(out, one, shown, options)
  await attackInto(out, other, shown, { limit: 30 })

  const classifier = await loadClassifier(one)
  const images = () => mnist('test', { limit: 20, dir: data })
  const write = async (table: TableName, step: string, records: readonly unknown[]) => {
    const writer = lake.writer(table, { step, partition: { source: 'one' } })
    for (const record of records) await writer.write(record as never)
    await writer.close()
  }
  // in code, where nobody names a run
  for (const [step, method] of Object.entries({
    deepfool: deepFool(classifier),
    further: deepFool(classifier, { overshoot: 0.5 }),
    ddn: decoupledDirectionNorm(classifier),
    short: decoupledDirectionNorm(classifier, { iterations: 20 }),
    bounded: attack(classifier, { maxSolves: 3, workers: 0 }),
    drawn: attack(classifier, { workers: 0 }),
    again: attack(classifier, { seed: 2, workers: 0 }),
  }))
    await write('examples', step, await lastValueFrom(images().pipe(method, toArray())))
  for (const seed of [1, 2])
    await write(
      'searches',
      `path ${seed}`,
      await lastValueFrom(images().pipe(searchPath(classifier, { seed }), toArray())),
    )
  await write(
    'activations',
    'hidden',
    await lastValueFrom(images().pipe(activations(classifier, 'hidden1'), toArray())),
  )
  classifier.dispose()
  const lost = { dataset: 'imagenet', split: 'folder', path: 'n01440764/cut.JPEG', reason: 'it is cut off' }
  for (const run of ['first', 'second'])
    await write('errors', run, [[7, 8].map((index) => ({ ...lost, run, index }))])

  await scoreInto(out, out, { models: [one], noise: [0.1, 0.3], amplify: 0.1 })
  await scoreInto(out, out, { models: [one, other], noise: [0.1], amplify: 0.1, seed: 2 })
  await scoreInto(out, out, { models: [other], noise: [0.1], amplify: 0.1, clip: true })

  const ranking = { data: shown, limit: 60, top: 64, seed: 1 }
  const directions = ['units', 'gaussian', 'principal']
  for (const options of [{}, { seed: 2 }, { center: true }, { pre: true }])
    await rankInto(out, one, { ...ranking, layer: 'hidden1', directions, ...options })
  await rankInto(out, one, { ...ranking, layer: 'logits', directions: ['units', 'rotation'] })
})

t.test('what tells one row of a table from another is in its columns', async (t) => {
  for (const table of names) {
    const { key, empty } = TABLES[table]
    const quoted = key.map((name) => `"${name}"`).join(', ')
    t.same(
      key.filter((name) => !empty.schema.fields.some((field) => field.name === name)),
      [],
      `${table}: its key are columns`,
    )
    const [{ rows, keys }] = await sql(
      out,
      `select count(*)::int as rows, (select count(*)::int from (select distinct ${quoted} from ${table})) as keys from ${table}`,
    )
    t.ok(Number(rows) > 1, `${table}: ${String(rows)} rows`)
    t.equal(keys, rows, `${table}: no two rows with the same ${key.join(', ')}`)
  }
  const attacks = await sql(out, 'select distinct run, source_model, method, goal from examples')
  t.equal(attacks.length, 7 + 7, 'each attack has a run of its own')
})

t.test('joins keep the number of rows', async (t) => {
  const same = async (what: string, joined: string, alone: string) => {
    const [{ n, all }] = await sql(
      out,
      `select (select count(*) from ${joined})::int as n, (select count(*) from ${alone})::int as all`,
    )
    t.ok(Number(all) > 0, `${what}: ${String(all)} rows`)
    t.equal(n, all, what)
  }
  const attacked = `(from scores where kind = 'adversarial')`
  const keys = 'run, source_model, method, goal, dataset, split, "index", label, target'
  await same(
    'scores with their examples',
    `scores join examples using (${keys})`,
    `(from scores where kind in ('adversarial', 'amplified'))`,
  )
  await same(
    'examples with the scores of one victim',
    `examples join (from ${attacked} where model = 'one') using (${keys})`,
    `(from examples where status = 'success')`,
  )
  await same(
    'noise with itself',
    `(from scores where kind = 'gaussian') natural join (select run, model, dataset, split, "index" from scores)`,
    `(from scores where kind = 'gaussian')`,
  )
  await same(
    'ranks with their images',
    'ranks natural join images',
    `(from ranks where (run, dataset, split, "index") in (select run, dataset, split, "index" from images))`,
  )
  await same(
    'images with the first images of their directions',
    `images join (select distinct run, dataset, split, "index" from ranks) using (run, dataset, split, "index")`,
    'images',
  )
  const [{ run }] = await sql(out, `select run from examples where goal = 'random' order by run limit 1`)
  const attack = `(select dataset, split, "index", target, distortion from examples where run = '${String(run)}')`
  await same(
    'ranks with the examples of one attack',
    `ranks join ${attack} using (dataset, split, "index")`,
    `(from ranks where (dataset, split, "index") in (select dataset, split, "index" from ${attack}))`,
  )
  await same(
    'ranks with their coherence',
    `ranks join (from coherence where "end" = 'top' and k = 8) using (run, model, layer, side, pool, basis, centered, direction, images)`,
    'ranks',
  )
  await same(
    'trainings with their models',
    'training join (select run, model from models) using (run, model)',
    'training',
  )
  await same(
    'paths on c with what they ended at',
    `(from searches where best) join examples using (run, source_model, dataset, split, "index", label, target)`,
    '(from searches where best)',
  )
})

t.test('what was scored is not scored again', async (t) => {
  const rows = async () => (await sql(out, 'select count(*)::int as n from scores'))[0]['n']
  const before = await rows()
  const again = await scoreInto(out, out, { models: [one, other], noise: [0.1], amplify: 0.1 })
  // but for the noise, which the second network has not seen with this seed
  const noise = again.find(({ kind, model }) => kind === 'gaussian' && model === 'other')
  t.ok(noise && noise.rows > 10)
  t.equal(Number(await rows()) - Number(before), noise?.rows)
  await scoreInto(out, out, { models: [other, one], noise: [0.1], amplify: 0.1 })
  t.equal(Number(await rows()) - Number(before), noise?.rows)
  const adversarial = again.filter(({ kind, model }) => kind === 'adversarial' && model === 'one')
  t.equal(adversarial.length, 14, 'a line for each attack')
  await t.rejects(
    scoreInto(out, out, { models: [join(root, 'first')] }),
    { code: 'bad-option', message: /of another model that is called one/ },
    'a name means one network',
  )
})

t.test('files of an earlier version are read, and written to', async (t) => {
  const folder = join(root, 'earlier')
  const lake = await openLake(folder)
  const put = async (table: TableName, batch: RecordBatch, step: string, shown: string) => {
    const writer = lake.writer(table, { step, partition: { shown } })
    await writer.write(batch)
    await writer.close()
  }
  const earlier = (table: TableName, batch: RecordBatch) => {
    const later = TABLES[table].columns.filter(isLater).map(({ name }) => name)
    return ofColumns(
      batch,
      batch.schema.fields.map(({ name }) => name).filter((name) => !later.includes(name)),
    )
  }
  const a = 'FC10(1)'
  const made = examplesOf(a, Array<number>(60).fill(0.12))
  const scored = [scoresOf(a, a, 60, 60), scoresOf(a, 'AE400-10', 60, 40)]
  const noise = scoresOf('', 'AE400-10', 60, 2, { kind: 'gaussian', stddev: 0.3 })
  await put('examples', TABLES.examples.toArrow(made), 'a', a)
  await put('models', earlier('models', TABLES.models.toArrow([modelOf(a, 0.2, 0.2)])), 'm', a)
  for (const batch of [...scored, noise]) {
    const arrow = earlier('scores', TABLES.scores.toArrow(batch))
    t.notOk(arrow.schema.names.includes('run'))
    await put('scores', arrow, `${batch.kind} ${batch.model}`, 'old')
  }
  const read = await collect(readScores(join(folder, 'scores')))
  t.match(read[0], { run: '', method: '', seed: NaN, clip: false })
  t.equal(
    read.reduce((sum, { index }) => sum + index.length, 0),
    180,
  )
  t.match(await collect(readRecords('models', join(folder, 'models'))), [[{ model: a }]])
  const table = async () => (await tablesOf(await openLake(folder))).table2.rows
  const before = await table()
  // statsmodels: proportion_confint(40, 60, method='wilson')
  const [, errors] = before[0].cells
  t.match(errors, { n: 60, count: 40, paper: 0.344 })
  t.match(errors && 'low' in errors && [errors.low, errors.high].map((end) => end?.toFixed(3)), [
    '0.541',
    '0.773',
  ])

  // the same scored by this version: of both, each row once
  for (const batch of [...scored, noise])
    await put('scores', TABLES.scores.toArrow(batch), `new ${batch.kind} ${batch.model}`, 'new')
  t.same(await table(), before, 'of both, each row once')
  const copies = await arrowCopy(await openLake(folder))
  const copied = await collect(readArrow(copies.filter((path) => path.endsWith('scores.arrows'))))
  t.equal(
    copied.reduce((sum, { numRows }) => sum + numRows, 0),
    360,
  )
  t.match(
    copied.flatMap((batch) => TABLES.scores.fromArrow(batch)).map(({ run }) => run),
    ['', '', '', /run/, /run/, /run/],
  )

  // what cannot be done without is named
  const bad = join(root, 'bad.parquet')
  const writer = new ParquetWriter(bad)
  const whole = TABLES.scores.toArrow(scored[0])
  await writer.write(ofColumns(whole, ['run', 'index', 'error']))
  await writer.close()
  await t.rejects(collect(readScores(bad)), {
    code: 'bad-option',
    message: /has no column source_model, model, kind/,
  })
})

t.test('runs of code', async (t) => {
  const classifier = await loadClassifier(one)
  const runOf = async (options: Parameters<typeof attack>[1]) =>
    (await lastValueFrom(mnist('test', { limit: 2, dir: data }).pipe(attack(classifier, options)))).run
  const first = await runOf({ workers: 0 })
  t.match(first, /^[0-9a-f]{16}$/)
  t.equal(
    await runOf({ workers: 0, batchSize: 3, goal: 'random', seed: 1 }),
    first,
    'what changes no row is not in it',
  )
  t.equal(await runOf({ workers: 1 }), first)
  t.not(await runOf({ workers: 0, seed: 2 }), first)
  t.not(await runOf({ workers: 0, penalty: 'norm' }), first)
  t.equal(await runOf({ workers: 0, run: 'mine' }), 'mine')
  const models: readonly Classifier[] = [classifier]
  const [examples] = await lastValueFrom(
    mnist('test', { limit: 4, dir: data }).pipe(
      attack(classifier, { run: 'mine', workers: 0 }),
      score(models, { run: 'scoring' }),
      toArray(),
    ),
  )
  t.match(examples, { run: 'mine', method: 'l-bfgs', kind: 'adversarial', seed: NaN })
  const clean: string[] = []
  await consume(
    mnist('test', { limit: 4, dir: data }).pipe(score(models, { run: 'scoring' })),
    ({ run }) => void clean.push(run),
  )
  t.same(clean, ['scoring'])
  classifier.dispose()
})
