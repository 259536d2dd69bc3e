import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Bool, Float64, Int64, Utf8 } from 'apache-arrow'
import t from 'tap'
import { publish } from '../../../../sinks/lake/formats/publish.js'
import { openLake } from '../../../../sinks/lake/openLake.js'
import { localStore } from '../../../../sources/store.js'
import { actionsOf, batchOf, put, vector } from './dataSet.js'

const field = (name: string, type: string, nullable = true) => ({ name, type, nullable, metadata: {} })
const fieldsOf = (schemaString = '{}') => (JSON.parse(schemaString) as { fields: object[] }).fields

t.test('a log has schema, files and statistics of what was committed', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  const columns = {
    n: vector([3n, -1n, null], new Int64()),
    x: vector([0, 2.5, null], new Float64()),
    s: vector(['b', 'ä', 'a'], new Utf8()),
    b: vector([true, false, null], new Bool()),
  }
  await put(lake, 'measures', 'a', { kind: 'x y/z' }, batchOf(columns))
  await publish(localStore(folder), ['delta'])
  const actions = actionsOf(folder, 'measures', 0)
  t.match(actions, [
    { commitInfo: { operation: 'WRITE', engineInfo: 'blindspot', userMetadata: 'commit 1' } },
    { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
    { metaData: { name: 'measures', format: { provider: 'parquet' }, partitionColumns: ['kind'] } },
    { txn: { appId: 'blindspot', version: 1 } },
    {
      add: {
        path: 'kind=x%2520y%252Fz/part-a-00000.parquet',
        partitionValues: { kind: 'x y/z' },
        dataChange: true,
      },
    },
  ])
  t.same(fieldsOf(actions[2].metaData?.schemaString), [
    field('n', 'long'),
    field('x', 'double'),
    field('s', 'string'),
    field('b', 'boolean'),
    field('kind', 'string'),
  ])
  t.same(JSON.parse(actions[4].add?.stats ?? ''), {
    numRecords: 3,
    // there is no -0 in JSON, and some readers find it below 0
    minValues: { n: -1, x: -Number.MIN_VALUE, s: 'a', b: false },
    maxValues: { n: 3, x: 2.5, s: 'ä', b: true },
    nullCount: { n: 1, x: 1, s: 0, b: 1 },
  })

  // a value that no bound holds of takes them off all files, and a column and a key that are new change them, too
  const more = { ...columns, n: vector([1n, 2n, 3n], new Int64()), y: vector([NaN, 1, 2], new Float64()) }
  await put(lake, 'measures', 'b', { kind: 'b', fold: '1' }, batchOf(more))
  await lake.checkpoint()
  const next = actionsOf(folder, 'measures', 1)
  t.match(next, [
    {},
    { metaData: { partitionColumns: ['kind', 'fold'] } },
    { txn: { version: 2 } },
    { add: { path: /part-a/, partitionValues: { kind: 'x y/z', fold: null }, dataChange: false } },
    { add: { path: /part-b/, partitionValues: { kind: 'b', fold: '1' }, dataChange: true } },
  ])
  t.same(
    next.slice(3).map(({ add }) => JSON.parse(add?.stats ?? '') as unknown),
    [
      { numRecords: 3, nullCount: { n: 1, x: 1, s: 0, b: 1, y: 3 } },
      { numRecords: 3, nullCount: { n: 0, x: 1, s: 0, b: 1, y: 0 } },
    ],
  )
  await put(lake, 'measures', 'c', { kind: 'c' }, batchOf(columns))
  await lake.checkpoint()
  t.same(
    actionsOf(folder, 'measures', 2).map((action) => Object.keys(action)[0]),
    ['commitInfo', 'txn', 'add'],
    'what does not change is not said again',
  )
  t.equal(readdirSync(join(folder, 'measures', '_delta_log')).length, 3)
})
