import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Float64, Int64, Struct, Field, Utf8, vectorFromArray } from 'apache-arrow'
import t from 'tap'
import { iceberg } from '../../../../sinks/lake/formats/iceberg.js'
import { delta } from '../../../../sinks/lake/formats/delta.js'
import { publish } from '../../../../sinks/lake/formats/publish.js'
import { openLake } from '../../../../sinks/lake/openLake.js'
import { readParquet } from '../../../../sources/parquet.js'
import { localStore } from '../../../../sources/store.js'
import { scoresOf } from '../../records.js'
import { actionsOf, batchOf, metadataOf, oddDataSet, put } from './dataSet.js'
import { warnings } from '../../../warnings.js'

const FORMATS = ['delta', 'iceberg'] as const
const child = fileURLToPath(new URL('publishChild.js', import.meta.url))

/** The commits of the data set that the versions of both formats are. */
function commitsOf(folder: string, table: string): readonly (readonly number[])[] {
  const versions = readdirSync(join(folder, table, '_delta_log')).length
  const txn = Array.from({ length: versions }, (_, version) =>
    actionsOf(folder, table, version).flatMap((action) => (action.txn ? [action.txn.version] : [])),
  )
  return [
    txn.flat(),
    metadataOf(folder, table).snapshots.map(({ summary }) => Number(summary['blindspot.commit'])),
  ]
}

t.test('a version for each commit that touched the table, and none a second time', async (t) => {
  const folder = t.testdir()
  const lake = await oddDataSet(folder)
  const first = await publish(localStore(folder), FORMATS)
  t.match(
    first.map(({ table, format, written, files, rows, commit }) => [
      table,
      format,
      written,
      files,
      rows,
      commit,
    ]),
    [
      ['examples', 'delta', 2, 2, 8, 7],
      ['scores', 'delta', 5, 5, 14, 5],
      ['examples', 'iceberg', 2, 2, 8, 7],
      ['scores', 'iceberg', 5, 5, 14, 5],
    ],
  )
  t.same(commitsOf(folder, 'scores'), [
    [1, 2, 3, 4, 5],
    [1, 2, 3, 4, 5],
  ])
  const names = readdirSync(join(folder, 'scores'), { recursive: true })
  t.match(
    (await publish(localStore(folder))).map(({ written }) => written),
    [0, 0, 0, 0],
  )
  t.same(readdirSync(join(folder, 'scores'), { recursive: true }), names, 'nothing new, nothing written')

  await put(lake, 'ranks', 'r', { name: 'a' }, batchOf({ x: vectorFromArray([1], new Float64()) }))
  t.notOk(readdirSync(join(folder, 'ranks')).includes('_delta_log'))
  await lake.checkpoint()
  t.same(
    commitsOf(folder, 'ranks'),
    [[8], [8]],
    'a checkpoint brings what the data set has up to date, new tables too',
  )
  t.same(commitsOf(folder, 'scores'), [
    [1, 2, 3, 4, 5],
    [1, 2, 3, 4, 5],
  ])
})

t.test('two processes at once lose nothing and write nothing twice', async (t) => {
  const folder = t.testdir()
  await openLake(folder)
  const rounds = 20
  const children = ['a', 'b'].map((name) => fork(child, [folder, name, String(rounds)]))
  const ends = await Promise.all(children.map((one) => once(one, 'exit')))
  t.same(
    ends.map(([code]) => code as unknown),
    [0, 0],
  )
  const commits = Array.from({ length: 2 * rounds }, (_, i) => i + 1)
  t.same(commitsOf(folder, 'scores'), [commits, commits])
  const store = localStore(folder)
  const files = (await (await openLake(folder)).files()).map(({ file }) => file)
  for (const format of [delta, iceberg])
    t.same([...((await format.read(store, 'scores'))?.files.keys() ?? [])].sort(), [...files].sort())
  const metadata = readdirSync(join(folder, 'scores', 'metadata'))
  const last = Math.max(...metadata.map((name) => Number(/^v(\d+)\./.exec(name)?.[1] ?? 0)))
  t.equal(readFileSync(join(folder, 'scores', 'metadata', 'version-hint.text'), 'utf8'), String(last))
  const used = metadata.filter((name) => name.startsWith('snap-')).length
  t.equal(used, 2 * rounds, 'of those that came second nothing is left')
})

t.test('what manifests of earlier versions list, and commits that are gone, are one version', async (t) => {
  const folder = join(t.testdir(), 'set')
  cpSync('test/fixtures/dataSetV1', folder, { recursive: true })
  await publish(localStore(folder), FORMATS)
  t.same(commitsOf(folder, 'scores'), [[0], [0]])
  const lake = await openLake(folder)
  for (const step of ['b', 'c']) await put(lake, 'scores', step, { shown: step }, scoresOf(2))
  await lake.checkpoint()
  t.same(commitsOf(folder, 'scores'), [
    [0, 1, 2],
    [0, 1, 2],
  ])
  const copy = `${folder}-copy`
  cpSync(folder, copy, { recursive: true })
  for (const gone of ['_commits', 'scores/_delta_log', 'scores/metadata'])
    rmSync(join(copy, gone), { recursive: true })
  await publish(localStore(copy), FORMATS)
  t.same(commitsOf(copy, 'scores'), [[2], [2]])
  const again = await openLake(copy)
  for (const step of ['d', 'e']) await put(again, 'scores', step, { shown: step }, scoresOf(2))
  await again.checkpoint()
  t.same(commitsOf(copy, 'scores'), [
    [2, 3, 4],
    [2, 3, 4],
  ])
  for (const step of ['f', 'g']) await put(again, 'scores', step, { shown: step }, scoresOf(2))
  rmSync(join(copy, '_commits'), { recursive: true })
  await again.checkpoint()
  t.same(
    commitsOf(copy, 'scores'),
    [
      [2, 3, 4, 6],
      [2, 3, 4, 6],
    ],
    'of commits that are gone what they did',
  )
})

t.test('a file that was replaced before is in the versions that had it', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  const one = await put(lake, 'scores', 'a', { shown: 'a' }, scoresOf(2))
  const two = await put(lake, 'scores', 'a', { shown: 'a' }, scoresOf(3))
  await publish(localStore(folder), FORMATS)
  const [path, next] = [one, two].map((file) => file.slice('scores/'.length))
  const [first, second] = [0, 1].map((version) => actionsOf(folder, 'scores', version))
  t.match(first.at(-1), { add: { path, stats: '{"numRecords":2}' } })
  t.match(second.slice(-2), [{ remove: { path } }, { add: { path: next } }])
  const state = await iceberg.read(localStore(folder), 'scores')
  t.same([...(state?.files ?? [])], [[two, 3]])
  t.match(
    metadataOf(folder, 'scores').snapshots.map(({ summary }) => summary),
    [
      { operation: 'append', 'total-records': '2' },
      { operation: 'overwrite', 'deleted-data-files': '1', 'total-records': '3' },
    ],
  )
})

t.test('Iceberg of a data set that was moved is written anew where it is', async (t) => {
  const [before, after] = ['before', 'here now'].map((name) => join(t.testdir(), name))
  const lake = await oddDataSet(before)
  await publish(localStore(lake.folder), FORMATS)
  const was = metadataOf(before, 'scores')
  renameSync(before, after)
  const moved = await openLake(after)
  await put(moved, 'scores', 'more', { shown: 'more' }, scoresOf(2))
  await moved.checkpoint()
  t.match(commitsOf(after, 'scores'), [{ length: 6 }, { length: 6 }])
  t.equal(metadataOf(after, 'scores').location, was.location, 'another machine can have it there')
  t.match(
    (await publish(localStore(after), FORMATS)).map(({ format, written }) => [format, written]),
    [
      ['delta', 0],
      ['delta', 0],
      ['iceberg', 2],
      ['iceberg', 6],
    ],
  )
  const now = metadataOf(after, 'scores')
  t.equal(now.location, `file://${join(after, 'scores')}`)
  t.equal(now['table-uuid'], was['table-uuid'])
  const idsOf = ({ snapshots }: typeof now) => snapshots.map((one) => one['snapshot-id'])
  t.same(idsOf(now).slice(0, 5), idsOf(was), 'snapshots keep their numbers')
  const state = await iceberg.read(localStore(after), 'scores')
  t.same([state?.moved, state?.version, state?.files.size], [false, 3, 6])
  t.match(
    (await publish(localStore(after))).every(({ written }) => written === 0),
    true,
  )
})

t.test('many snapshots have few manifests', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  for (let i = 0; i < 105; i++)
    await put(lake, 'scores', `s${i}`, i % 2 ? { shown: 'x' } : {}, scoresOf(1, i))
  await publish(localStore(folder), ['iceberg'])
  const state = await iceberg.read(localStore(folder), 'scores')
  t.equal(state?.files.size, 105)
  t.ok((state?.manifests.length ?? 0) < 20, `${state?.manifests.length} manifests`)
  t.equal(metadataOf(folder, 'scores').snapshots.length, 105)
})

t.test('folders of table formats are no data, and nobody is told of them', async (t) => {
  const folder = t.testdir()
  await oddDataSet(folder)
  await publish(localStore(folder), FORMATS)
  let rows = 0
  const said = await warnings(async () => {
    for await (const batch of readParquet(join(folder, 'scores'))) rows += batch.numRows
  })
  t.same([rows, said], [14, []])
  const again = await warnings(() => openLake(folder))
  t.same(again, [], 'nor are they strays')
})

t.test('what is damaged is named; a checkpoint only warns of it', async (t) => {
  const folder = t.testdir()
  const lake = await oddDataSet(folder)
  const store = localStore(folder)
  await publish(store, FORMATS)
  const log = join(folder, 'scores', '_delta_log')
  writeFileSync(join(log, '00000000000000000002.json'), '{"add": 7}\n')
  const expected = /00000000000000000002\.json: add: expected .*delete .*_delta_log/
  await t.rejects(publish(store), { code: 'bad-data', message: expected })
  t.match(await warnings(() => lake.checkpoint()), [expected])
  rmSync(join(log, '00000000000000000002.json'))
  await t.rejects(publish(store), {
    code: 'bad-data',
    message: /2\.json is missing, while a later one is there/,
  })
  rmSync(log, { recursive: true })
  t.match(await publish(store, ['delta']), [{ written: 0 }, { written: 5 }])

  const place = join(folder, 'scores', 'metadata')
  const ofAvro = readdirSync(place).filter((name) => name.endsWith('.avro'))
  for (const [start, wrong] of [
    ['snap-', /files are in it, not 5|metadata: /],
    ['', /m0\.avro has 100 bytes, not \d+; delete .*metadata, and/],
  ] as const) {
    const kept = ofAvro.filter((name) => name.startsWith('snap-') === (start === 'snap-'))
    const whole = kept.map((name) => readFileSync(join(place, name)))
    for (const [i, name] of kept.entries()) writeFileSync(join(place, name), whole[i].subarray(0, 100))
    await t.rejects(publish(store), { code: 'bad-data', message: wrong })
    for (const [i, name] of kept.entries()) writeFileSync(join(place, name), whole[i])
  }
  const metadata = join(place, 'v1.metadata.json')
  writeFileSync(
    metadata,
    readFileSync(metadata, 'utf8').replace('"format-version": 2', '"format-version": 3'),
  )
  await t.rejects(publish(store), {
    code: 'bad-data',
    message: /v1\.metadata\.json: format-version: expected 2, got 3/,
  })

  const older = `${folder}/older`
  await oddDataSet(older)
  await publish(localStore(older), ['delta'])
  const manifest = join(older, 'manifest.json')
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"commit": 7', '"commit": 3'))
  rmSync(join(older, '_commits'), { recursive: true })
  await t.rejects(publish(localStore(older)), {
    code: 'bad-data',
    message: /up to commit \d, the data set has 3/,
  })
  await t.rejects(publish(localStore(join(older, 'scores')), ['delta']), {
    code: 'io',
    message: /is no data set/,
  })
})

t.test('columns that formats cannot have are refused, by file and name', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  const struct = new Struct([new Field('a', new Utf8(), true)])
  await put(lake, 'odd', 'a', {}, batchOf({ s: vectorFromArray([{ a: 'x' }], struct) }))
  await put(lake, 'scores', 'a', { shown: 'a' }, scoresOf(2))
  await t.rejects(publish(localStore(folder), ['delta']), {
    message: /odd\/part-a-00000\.parquet: column s has a type/,
  })
  t.equal(readdirSync(join(folder, 'scores', '_delta_log')).length, 1, 'the others are written')
  const second = await openLake(join(folder, 'other'))
  await put(second, 'odd', 'a', {}, batchOf({ s: vectorFromArray([1], new Float64()) }))
  await put(second, 'odd', 'b', {}, batchOf({ s: vectorFromArray([1n], new Int64()) }))
  await t.rejects(publish(localStore(second.folder), ['iceberg']), {
    message: /odd\/part-b-00000\.parquet: column s is int64, in files before float64/,
  })
})
