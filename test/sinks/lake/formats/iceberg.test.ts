import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Bool, Float64, Int32, Int64, Utf8 } from 'apache-arrow'
import t from 'tap'
import { elementId } from '../../../../operators/records/fieldIds.js'
import { TABLES } from '../../../../operators/records/tables.js'
import { avroFile, avroRecords } from '../../../../sinks/lake/formats/avro.js'
import { iceberg } from '../../../../sinks/lake/formats/iceberg.js'
import { publish } from '../../../../sinks/lake/formats/publish.js'
import { openLake } from '../../../../sinks/lake/openLake.js'
import { localStore } from '../../../../sources/store.js'
import { examplesOf } from '../../records.js'
import { batchOf, metadataOf, put, vector } from './dataSet.js'

t.test('the schema has the ids of the files, and keys as columns that they lack', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  await put(lake, 'examples', 'a', { source: 'm' }, examplesOf(3))
  await publish(localStore(folder), ['iceberg'])
  const metadata = metadataOf(folder, 'examples')
  const [{ fields }] = metadata.schemas
  t.match(
    fields.map(({ id, name }) => [name, id]),
    [...TABLES.examples.columns.map(({ name, id }) => [name, id]), ['source', 2001]],
  )
  const original = TABLES.examples.columns.findIndex(({ name }) => name === 'original')
  t.match(fields[original], {
    required: true,
    type: { type: 'list', 'element-id': elementId(original + 1), element: 'float', 'element-required': true },
  })
  // optional columns are so in the table though this file has them
  t.same(
    fields.filter(({ required }) => required).map(({ name }) => name),
    TABLES.examples.columns
      .filter(({ kind, later, optional }) => !kind.nullable && !later && !optional)
      .map(({ name }) => name),
  )
  t.match(metadata, {
    'format-version': 2,
    location: `file://${join(folder, 'examples')}`,
    'partition-specs': [
      {
        'spec-id': 0,
        fields: [{ name: 'source', transform: 'identity', 'source-id': 2001, 'field-id': 1000 }],
      },
    ],
    snapshots: [
      { 'sequence-number': 1, 'schema-id': 0, summary: { operation: 'append', 'blindspot.commit': '1' } },
    ],
  })
  const mapping = JSON.parse(metadata.properties['schema.name-mapping.default']) as object[]
  t.match(mapping[original], {
    'field-id': original + 1,
    names: ['original'],
    fields: [{ names: ['element'] }],
  })
})

const bytes = (write: (buffer: Buffer) => void, length = 8) => {
  const buffer = Buffer.alloc(length)
  write(buffer)
  return buffer
}

t.test('manifests have partition, counts and bounds, and what was deleted', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  const columns = {
    n: vector([2n ** 60n, null], new Int64()),
    i: vector([7, -7], new Int32()),
    x: vector([0, null], new Float64()),
    y: vector([NaN, 1], new Float64()),
    s: vector(['ä', 'z'.repeat(100)], new Utf8()),
    b: vector([true, null], new Bool()),
  }
  await put(lake, 'measures', 'a', { kind: 'x y' }, batchOf(columns))
  await put(lake, 'measures', 'b', {}, batchOf(columns))
  await publish(localStore(folder), ['iceberg'])
  const state = await iceberg.read(localStore(folder), 'measures')
  const entries = state?.manifests.flatMap((manifest) => manifest.entries) ?? []
  t.match(
    entries.map(({ status, sequence_number, data_file }) => ({ status, sequence_number, ...data_file })),
    [
      {
        status: 1,
        sequence_number: 1,
        file_path: /^file:\/\/.*\/measures\/kind=x%20y\/part-a-00000\.parquet$/,
      },
      { status: 1, sequence_number: 2, file_path: /measures\/part-b-00000\.parquet$/ },
    ],
  )
  const [{ data_file: one }, { data_file: two }] = entries
  t.same([one.partition, two.partition], [{ kind: 'x y' }, { kind: null }])
  t.same([one.record_count, one.content, one.file_format], [2, 0, 'PARQUET'])
  const pairs = (list: typeof one.value_counts) => (list ?? []).map(({ key, value }) => [key, value])
  t.same(
    pairs(one.column_sizes).map(([key, size]) => [key, size > 0 && size < one.file_size_in_bytes]),
    [1, 2, 3, 4, 5, 6].map((id) => [id, true]),
  )
  t.same(
    pairs(one.value_counts),
    [1, 2, 3, 4, 5, 6].map((id) => [id, 2]),
  )
  t.same(pairs(one.null_value_counts), [
    [1, 1],
    [2, 0],
    [3, 1],
    [4, 0],
    [5, 0],
    [6, 1],
  ])
  t.same(pairs(one.nan_value_counts), [[3, 0]])
  const large = bytes((to) => to.writeBigInt64LE(2n ** 60n))
  t.same(
    one.lower_bounds?.map(({ key, value }) => [key, Buffer.from(value)]),
    [
      [1, large],
      [2, bytes((to) => to.writeInt32LE(-7), 4)],
      [3, bytes((to) => to.writeDoubleLE(-0))],
      [5, Buffer.from('z'.repeat(64))],
      [6, Buffer.from([1])],
    ],
    'none of a column with NaN',
  )
  const text = one.upper_bounds?.find(({ key }) => key === 5)?.value
  t.equal(Buffer.from(text ?? []).toString(), 'ä')

  const changed = await put(lake, 'measures', 'a', { kind: 'x y' }, batchOf({ ...columns, more: columns.i }))
  await lake.checkpoint()
  const now = await iceberg.read(localStore(folder), 'measures')
  t.same([...(now?.files.keys() ?? [])], ['measures/part-b-00000.parquet', changed])
  t.match(metadataOf(folder, 'measures'), {
    'last-sequence-number': 3,
    'current-schema-id': 1,
    schemas: [{ fields: { length: 7 } }, { fields: { length: 8 } }],
    snapshots: [
      { 'schema-id': 0 },
      { 'schema-id': 0 },
      { 'schema-id': 1, summary: { operation: 'overwrite' } },
    ],
  })
  t.match(
    now?.manifests.map(({ listed }) => [
      ...[listed.added_files_count, listed.existing_files_count, listed.deleted_files_count],
      listed.added_rows_count,
    ]),
    [
      [0, 0, 1, 0],
      [1, 0, 0, 2],
      [1, 0, 0, 2],
    ],
  )
})

t.test('Avro files keep ids in their schema, and more in their header', async (t) => {
  const schema = { type: 'record', name: 'r', fields: [{ name: 'a', type: ['null', 'long'], 'field-id': 7 }] }
  const file = await avroFile(schema, [{ a: 1 }, { a: null }], { 'format-version': '2' })
  t.match(file.toString('latin1'), /"field-id":7/)
  t.match(file.toString('latin1'), /format-version.{1,2}2/s)
  t.match(await avroRecords(file), [{ a: 1 }, { a: null }])
  t.match(await avroRecords(await avroFile(schema, [], {})), [])
})

t.test('in an object store the place is its URL', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  const file = await put(lake, 'examples', 'a', { source: 'x y' }, examplesOf(3))
  const store = { ...localStore(folder), place: (name: string) => `s3://bucket/a set/${name}` }
  await publish(store, ['iceberg'])
  t.equal(metadataOf(folder, 'examples').location, 's3://bucket/a set/examples')
  const state = await iceberg.read(store, 'examples')
  t.match(state?.manifests[0].entries, [{ data_file: { file_path: `s3://bucket/a set/${file}` } }])
  t.same([...(state?.files ?? [])], [[file, 3]])
})

t.test('a snapshot is complete before the metadata name it, whatever becomes of the answers', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  await put(lake, 'examples', 'a', { source: 'm' }, examplesOf(3))
  const store = localStore(folder)
  /** A store where something becomes of what is put. */
  const where = (change: (name: string, put: () => Promise<boolean>) => Promise<boolean>): typeof store => ({
    ...store,
    put: (name, bytes, options) => change(name, () => store.put(name, bytes, options)),
  })
  const full = where((name, put) => (/snap-/.test(name) ? Promise.reject(new Error('disk full')) : put()))
  await t.rejects(publish(full, ['iceberg']), { message: 'disk full' })
  t.same(readdirSync(join(folder, 'examples', 'metadata')), [], 'nothing is left')

  const lost = where(async (name, put) => (await put()) && !/json$/.test(name))
  t.match(await publish(lost, ['iceberg']), [{ written: 1, files: 1 }])
  t.match((await iceberg.read(store, 'examples'))?.files, new Map([[(await lake.files())[0].file, 3]]))

  await put(lake, 'examples', 'b', { source: 'm' }, examplesOf(2))
  const broken = where(async (name, put) => {
    await put()
    if (name.endsWith('v2.metadata.json')) throw new Error('connection reset')
    return true
  })
  await t.rejects(publish(broken, ['iceberg']), { message: 'connection reset' })
  t.match(await publish(store), [{ written: 0, files: 2, rows: 5 }], 'it was there')
  t.equal(readFileSync(join(folder, 'examples', 'metadata', 'version-hint.text'), 'utf8'), '2')
})
