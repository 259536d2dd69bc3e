import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { decode } from 'fast-png'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import {
  askData,
  exportExamples,
  openLake,
  queryDataSet,
  readExamples,
  runsOf,
  STATUSES,
  verifyDataSet,
  type AdversarialBatch,
} from 'blindspot'
import { blindspot } from '../commandLine.js'
import { attackInto, rankInto, scoreInto } from '../commands.js'
import { examplesOf, put } from '../dataSet.js'
import { Int32, makeData, RecordBatch, Schema } from 'apache-arrow'
import { arrowCopy } from '../../../pipelines/arrowCopy.js'
import { statisticsCheck } from '../../../pipelines/verify/statistics.js'
import { readFooter } from '../../../sources/parquetFooter.js'
import { readParquet } from '../../../sources/parquet.js'
import { disk } from '../../../sources/store.js'

const MODEL = resolve('test/fixtures/FC48-10')
const out = join(t.testdir(), 'set')
const lakeOf = (folder = out) => openLake(folder, { readOnly: true })

t.before(async () => {
  await attackInto(out, MODEL, 'mnist:test', { limit: 6 })
  await attackInto(out, MODEL, 'mnist:test', { limit: 12 })
  await attackInto(out, MODEL, 'mnist:test', { limit: 6, goal: 'untargeted', payload: 'uint8', seed: 2 })
  await scoreInto(out, out, { models: [MODEL], noise: [0.1] })
  await rankInto(out, MODEL, {
    ...{ layer: 'hidden1', data: 'mnist:test', limit: 100, top: 4, seed: 3 },
    directions: ['units', 'gaussian'],
    count: 2,
    pool: 'max',
  })
})

t.test('runs: what each stands for, and the table that others join', async (t) => {
  const runs = await runsOf(await lakeOf())
  const [first, second] = runs
  t.match(first, {
    ...{ kind: 'attack', models: ['FC48-10'], method: 'l-bfgs', goal: 'random', seed: 1, ofRuns: [] },
    ...{
      source: 'mnist:test',
      dataset: 'mnist',
      split: 'test',
      tables: { examples: 12 },
      files: 2,
      layer: null,
    },
  })
  t.match(second, { goal: 'untargeted', seed: null, options: { payload: 'uint8' }, rows: 6 })
  t.match(
    runs.find(({ shown }) => shown === 'adversarial'),
    { kind: 'score', models: ['FC48-10'], ofRuns: [first.run], source: null, method: null },
  )
  t.match(
    runs.find(({ shown }) => shown === 'gaussian'),
    { seed: 1, ofRuns: [first.run, second.run] },
  )
  t.match(runs.at(-1), { kind: 'rank', layer: 'hidden1', seed: 3, source: 'mnist:test' })
  t.equal(runs.length, 6)
  t.match(await blindspot('runs', out), {
    code: 0,
    out: new RegExp(
      `${first.run}  attack  FC48-10; l-bfgs, random; mnist:test\n  12 examples; (?:.*6 runs)`,
      's',
    ),
  })
  const json = (await blindspot('runs', out, '--json')).out.trim().split('\n')
  t.same(
    json.map((line) => (JSON.parse(line) as { run: string }).run),
    runs.map(({ run }) => run),
  )
  const { queryDataSet } = await import('blindspot')
  const sql = `SELECT r.kind, r.models[1] model, r.seed::INT seed, count(*)::INT n, min(r.begun) <= max(r.ended) AS o
    FROM examples JOIN runs r USING (run) GROUP BY ALL ORDER BY n DESC`
  const rows = await queryDataSet(await lakeOf(), sql, async ({ chunks }) => {
    const all: unknown[] = []
    for await (const chunk of chunks) all.push(...chunk.rows())
    return all
  })
  t.same(rows, [
    ['attack', 'FC48-10', 1, 12, true],
    ['attack', 'FC48-10', null, 6, true],
  ])
})

t.test('verify: all is as committed, and each kind of damage is told by file and row', async (t) => {
  const { loadClassifier } = await import('blindspot')
  const model = await loadClassifier(MODEL)
  const whole = await verifyDataSet(await lakeOf(), { models: [model] })
  t.match(whole, { faults: [], recomputed: 18, shownAgain: 12 })
  t.match(await blindspot('verify', out, '--models', MODEL), {
    code: 0,
    out: /9 files.*all as committed; numbers of 18 rows.*12 shown again to FC48-10/s,
  })
  // a model that no example was made for is not said to have seen any
  t.match(await blindspot('verify', out, '--models', MODEL, resolve('test/fixtures/linear')), {
    code: 0,
    out: /12 shown again to FC48-10$/m,
    err: /warning: .* has no examples that were made for linear/,
  })

  const [any] = await (await lakeOf()).files()
  const stray = join(out, any.file.replace('.parquet', 'x.parquet'))
  copyFileSync(any.path, stray)
  t.match((await verifyDataSet(await lakeOf())).faults, [
    { file: /x\.parquet$/, message: /no commit has it/ },
  ])
  rmSync(stray)

  const folder = join(t.testdir(), 'bad')
  const lake = await openLake(folder)
  const good = { ...examplesOf('a', [0.125, 0.25, 0.375]), run: 'x' }
  const changed = (change: (batch: AdversarialBatch) => void): AdversarialBatch => {
    const copy = structuredClone(good)
    change(copy)
    return copy
  }
  await put(
    lake,
    'examples',
    { source: 'whole' },
    changed(() => undefined),
  )
  await put(lake, 'examples', { source: 'l2' }, { ...changed((rows) => (rows.l2[1] = 5)), sourceModel: 'b' })
  await put(
    lake,
    'examples',
    { source: 'linf' },
    { ...changed((rows) => (rows.linf[2] = 0.38)), sourceModel: 'c' },
  )
  await put(lake, 'examples', { source: 'cut' }, { ...changed(() => undefined), sourceModel: 'd' })
  await put(lake, 'examples', { source: 'gone' }, { ...changed(() => undefined), sourceModel: 'e' })
  const files = await lake.files()
  const of = (source: string) => files.find(({ partition }) => partition['source'] === source)?.path ?? ''
  writeFileSync(of('cut'), readFileSync(of('cut')).subarray(0, 1000))
  rmSync(of('gone'))
  const { faults } = await verifyDataSet(await lakeOf(folder))
  t.match(
    faults.map(({ file, row, column, message }) => [file.split('/')[1], row, column, message]),
    [
      ['source=l2', 1, 'l2', /expected 1, .*got 5/],
      ['source=linf', 2, 'linf', /expected 0\.375, .*got 0\.38/],
      ['source=cut', null, null, /not what was committed/],
      ['source=gone', null, null, /not there/],
    ],
  )
  const said = await blindspot('verify', folder)
  t.match(said, { code: 1, out: /source=l2\/.*: row 1, column l2: expected.*4 faults/s })
  for (const source of ['l2', 'linf', 'cut', 'gone'])
    t.equal(said.out.split(`source=${source}/`).length, 2, `${source} is named once`)
  t.match(said.out, /^examples\/source=cut\/\S+ is not what was committed/m)

  for (const { path } of files) rmSync(path, { force: true })
  const bad = await lakeOf(folder)
  const lost = {
    code: 'bad-data',
    message: /parquet is not there, and was committed; bring it back, or run again/,
  }
  const reads: readonly (() => Promise<unknown>)[] = [
    () => runsOf(bad),
    () => queryDataSet(bad, 'FROM examples', () => Promise.resolve()),
    () => askData(bad, (database) => database.rows('FROM examples')),
    () => exportExamples(bad, join(folder, '..', 'lost'), { as: 'npy' }),
    () => arrowCopy(lake),
    () => bad.verify(files),
  ]
  for (const read of reads) await t.rejects(read(), lost)
  t.match(await blindspot('runs', folder), { code: 1, err: /blindspot verify .*bad finds all that is lost/ })

  const twice = join(t.testdir(), 'twice')
  const other = await openLake(twice)
  await put(other, 'examples', { source: 'one' }, good)
  await put(other, 'examples', { source: 'two' }, good)
  const doubled = (await verifyDataSet(await lakeOf(twice))).faults
  t.match(
    doubled,
    Array.from({ length: 3 }, () => ({ message: /the row is there 2 times: run x, source_model a/ })),
  )
  t.match(
    doubled.map(({ row }) => row),
    [0, 1, 2],
  )

  const wrong = structuredClone((await all(await lakeOf()))[0])
  const row = wrong.status.indexOf(STATUSES.indexOf('success'))
  wrong.adversarial.copyWithin(row * 784, 0, 0)
  wrong.adversarial.set(wrong.original.subarray(row * 784, (row + 1) * 784), row * 784)
  for (const name of ['l2', 'linf', 'distortion', 'relativeL2'] as const) wrong[name][row] = 0
  const unfooled = join(t.testdir(), 'unfooled')
  const writer = (await openLake(unfooled)).writer('examples', {
    step: 'x',
    metadata: { weights: model.weightsHash },
  })
  await writer.write(wrong)
  await writer.close()
  t.match((await verifyDataSet(await lakeOf(unfooled), { models: [model] })).faults, [
    { row, column: 'adversarial_prediction', message: /FC48-10 gives \d, the row says \d/ },
  ])
  t.same((await verifyDataSet(await lakeOf(unfooled))).faults, [], 'which only the model can tell')
  model.dispose()
})

t.test('statistics and index of pages are held against the rows', async (t) => {
  const [file] = await (await lakeOf()).files({ table: 'ranks' })
  const open = await disk.open(file.path)
  const footer = await readFooter(open)
  t.ok(((await footer.pages(0, 'value')) ?? []).length >= 1, 'there is an index')
  let before = 0
  const check = await statisticsCheck(file.file, footer)
  const shifted = await statisticsCheck(file.file, footer)
  const outside: unknown[] = []
  for await (const batch of readParquet(file.path)) {
    t.same(check(before, batch), [])
    const fields = batch.schema.fields
    const children = batch.data.children.map((child, i) => {
      if (fields[i].name !== 'direction') return child
      const { length, nullCount, nullBitmap } = child
      const values = (child.values as Int32Array).map((value) => value + 1000)
      const moved = makeData({ type: new Int32(), length, nullCount, nullBitmap, data: values })
      return moved
    })
    const data = batch.data.clone(batch.data.type, 0, batch.numRows, 0, batch.data.buffers, children)
    outside.push(...shifted(before, new RecordBatch(new Schema(fields), data)))
    before += batch.numRows
  }
  t.match(outside, [
    { row: 0, column: 'direction', message: /100\d is not within the statistics of row group 0, 0 to 1/ },
  ])
  await open.close()
})

async function all(lake: Awaited<ReturnType<typeof openLake>>): Promise<AdversarialBatch[]> {
  const batches: AdversarialBatch[] = []
  for (const { path } of await lake.files({ table: 'examples' }))
    for await (const batch of readExamples(path)) batches.push(batch)
  return batches
}

t.test('export: arrays bit for bit, pictures by run, model, index and target', async (t) => {
  const lake = await lakeOf()
  const [first, second] = await runsOf(lake)
  const arrays = join(t.testdir(), 'arrays')
  const where = { run: { equals: first.run } }
  const { examples, index } = await exportExamples(lake, arrays, { as: 'npy', where })
  const batches = (await all(lake)).filter(({ run }) => run === first.run)
  const rows = batches.flatMap((batch) =>
    [...batch.status.keys()]
      .filter((row) => STATUSES[batch.status[row]] === 'success')
      .map((row) => ({
        label: batch.label[row],
        target: batch.target[row],
        index: batch.index[row],
        l2: batch.l2[row],
        original: batch.original.subarray(row * 784, (row + 1) * 784),
        adversarial: batch.adversarial.subarray(row * 784, (row + 1) * 784),
      })),
  )
  t.equal(examples, rows.length)
  const npy = (name: string) => {
    const bytes = readFileSync(join(arrays, `${name}.npy`))
    const end = 10 + bytes.readUInt16LE(8)
    t.equal(end % 64, 0)
    return { head: bytes.toString('latin1', 10, end).trim(), bytes: Uint8Array.from(bytes.subarray(end)) }
  }
  t.equal(
    npy('original').head,
    `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length}, 28, 28, 1), }`,
  )
  t.equal(npy('label').head, `{'descr': '<i4', 'fortran_order': False, 'shape': (${rows.length},), }`)
  for (const name of ['original', 'adversarial'] as const)
    t.same(
      new Float32Array(npy(name).bytes.buffer),
      Float32Array.from(rows.flatMap((row) => [...row[name]])),
      name,
    )
  for (const name of ['label', 'target', 'index'] as const)
    t.same(
      [...new Int32Array(npy(name).bytes.buffer)],
      rows.map((row) => row[name]),
      name,
    )
  t.same(
    [...new Float64Array(npy('l2').bytes.buffer)],
    rows.map(({ l2 }) => l2),
  )
  const listed = parse<Record<string, string>>(readFileSync(index), { columns: true })
  t.same(
    listed.map(({ row, l2 }) => [Number(row), Number(l2)]),
    rows.map(({ l2 }, at) => [at, l2]),
  )

  const [linked, killed] = ['linked', 'killed'].map((name) => join(arrays, '..', name))
  mkdirSync(killed)
  writeFileSync(join(killed, '.index.csv.1.tmp'), '')
  symlinkSync(out, linked)
  const there = readdirSync(arrays)
  for (const [place, err] of [
    [arrays, /--out .*arrays: expected a new or an empty folder, it has adversarial\.npy and 10 more/],
    [out, /--out .* is the data set, which stays as it is/],
    [join(out, 'arrays'), /--out .*arrays is in the data set/],
    [join(linked, 'arrays'), /--out .*arrays is in the data set/],
    [killed, /--out .*killed: a call that was killed has left a part/],
  ] as const)
    t.match(await blindspot('export', out, '--npy', '--limit', '1', '--out', place), { code: 2, err })
  t.same(readdirSync(arrays), there)
  const interrupted = new AbortController()
  const half = join(t.testdir(), 'half')
  const begun = exportExamples(lake, half, {
    ...{ as: 'png', signal: interrupted.signal },
    onRows: (rows) => {
      if (rows > 0) interrupted.abort()
    },
  })
  await t.rejects(begun, { name: 'AbortError' })
  t.notOk(existsSync(half), 'nothing is left of what was written')

  const succeeded = await exportExamples(lake, join(t.testdir(), 'succeeded'), {
    ...{ as: 'npy', where: { ...where, status: { in: ['success', 'skipped'] } } },
  })
  t.equal(succeeded.examples, rows.length, 'what is asked for comes on top of success')
  const none = join(t.testdir(), 'none')
  for (const [status, message] of [
    [{ equals: 'skipped' }, /only those that succeeded/],
    [{ least: 't' }, /only those that succeeded/],
    [{}, /where: status: expected one or more of equals/],
  ] as const)
    await t.rejects(exportExamples(lake, none, { as: 'npy', where: { status } }), {
      code: 'bad-option',
      message,
    })

  const once = join(t.testdir(), 'once')
  const both = await Promise.allSettled(
    [rows.length, 1].map((limit) => exportExamples(lake, once, { as: 'npy', limit })),
  )
  t.same(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], 'a folder is of one call')

  const pictures = join(t.testdir(), 'pictures')
  const said = await blindspot(
    'export',
    out,
    '--png',
    '--limit',
    '2',
    '--where',
    `run=${second.run}`,
    '--out',
    pictures,
  )
  t.match(said, { code: 0, out: /2 examples in 7 files/ })
  const names = readdirSync(join(pictures, second.run, 'FC48-10')).sort()
  t.equal(names.length, 6)
  t.match(names[0], /^\d+-\d-adversarial\.png$/)
  const [one] = parse<Record<string, string>>(readFileSync(join(pictures, 'index.csv')), { columns: true })
  const [batch] = (await all(lake)).filter(({ run }) => run === second.run)
  const at = batch.index.indexOf(Number(one['index']))
  const { width, height, channels, data } = decode(readFileSync(join(pictures, one['original'])))
  t.same([width, height, channels], [28, 28, 1])
  t.same(
    [...data],
    [...batch.original.subarray(at * 784, (at + 1) * 784)].map((value) => Math.round(255 * value)),
  )
  const difference = decode(readFileSync(join(pictures, one['difference']))).data
  t.ok(Math.min(...difference) <= 3 || Math.max(...difference) >= 252, 'the largest change is black or white')

  for (const [args, err] of [
    [[], /--png or --npy/],
    [['--npy', '--png'], /--png.*cannot be used with.*--npy/],
    [['--npy', '--where', 'run=none'], /no adversarial example that --where asks for/],
    [
      ['--npy', '--where', 'status=skipped'],
      /that --where asks for; only those that succeeded .*have images/,
    ],
    [['--npy', '--where', 'run'], /COLUMN=VALUE/],
  ] as const)
    t.match(await blindspot('export', out, ...args, '--out', join(t.testdir(), 'none')), { code: 2, err })
})

t.test('an attack goes on after its files became one, and counts from there', async (t) => {
  const before = await all(await lakeOf())
  const twin = join(t.testdir(), 'twin')
  cpSync(out, twin, { recursive: true })
  t.match(await blindspot('compact', twin, '--grace', '0.01'), {
    code: 0,
    err: /compact: 2 small files stay 0\.01 s for readers that have begun; Ctrl-C removes them now/,
  })
  t.match(
    JSON.parse((await blindspot('compact', twin, '--json')).out),
    { files: 0, replaced: 0 },
    'nothing to do',
  )
  t.match(await blindspot('compact', out, '--grace', '0'), {
    code: 0,
    out: /examples\/source=FC48-10\/.*: 12 rows of 2 files.*2 files became 1 file/s,
  })
  const shown: number[] = []
  const { attackStep, perform } = await import('blindspot')
  const step = attackStep({ model: { path: MODEL }, images: { source: 'mnist:test' } })
  await perform(await openLake(out), step, {
    limit: 14,
    workers: 0,
    onProgress: ({ done, total }) => shown.push(done, total ?? NaN),
  })
  t.same(shown.slice(0, 2), [12, 14])
  t.same(shown.slice(-2), [14, 14])
  const { run } = (await runsOf(await lakeOf()))[0]
  const index = (await all(await lakeOf()))
    .filter((batch) => batch.run === run)
    .flatMap((batch) => [...batch.index])
  t.same(
    index,
    Array.from({ length: 14 }, (_, i) => i),
  )
  const kept = (await all(await lakeOf())).filter((batch) => batch.run === run)
  t.same(kept[0].adversarial.subarray(0, before[0].adversarial.length), before[0].adversarial)
  t.match(await blindspot('verify', out), { code: 0 })
})
