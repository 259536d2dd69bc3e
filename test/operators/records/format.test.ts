import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { FORMAT } from '../../../operators/records/format.js'
import { TABLES, isTableName } from '../../../operators/records/tables.js'
import { parquetMetadata, readParquet } from '../../../sources/parquet.js'
import { readRecords } from '../../../sources/records.js'
import { RECORDS } from '../../fixtures/tables/records.js'
import { bytesOf, collect } from '../../sinks/records.js'

const FOLDER = 'test/fixtures/tables'
const formats = readdirSync(FOLDER).filter((name) => /^\d+$/.test(name))
const names = Object.keys(TABLES).filter(isTableName)

t.ok(formats.includes(String(FORMAT)), 'there are files of this version')

for (const format of formats)
  t.test(`files of version ${format} are read, and say what they are`, async (t) => {
    for (const table of names) {
      const path = `${FOLDER}/${format}/${table}.parquet`
      // a table that came later
      if (Number(format) < FORMAT && !existsSync(path)) continue
      const { provenance } = await parquetMetadata(path)
      t.match(provenance, { format: Number(format), seed: 1 }, `${table}: footer`)
      const [record] = await collect(readRecords(table, path))
      t.same(bytesOf(record), bytesOf(RECORDS[table]), `${table}: rows`)
      const [batch] = await collect(readParquet(path))
      const idOf = new Map(TABLES[table].columns.map(({ name, id }) => [name, String(id)]))
      for (const { name, metadata } of batch.schema.fields)
        if (idOf.has(name)) t.equal(metadata.get('PARQUET:field_id'), idOf.get(name), `${table}.${name}`)
    }
  })

t.test('files of a newer version are refused', async (t) => {
  const path = `${t.testdir()}/newer.parquet`
  const bytes = readFileSync(`${FOLDER}/${FORMAT}/scores.parquet`)
  const at = bytes.indexOf(`{"format":${FORMAT},`)
  t.ok(at > 0)
  bytes.write('9', at + '{"format":'.length)
  writeFileSync(path, bytes)
  const newer = {
    code: 'bad-data',
    message: `${path} has tables of version 9, this blindspot reads up to ${FORMAT}; use a newer one`,
  }
  await t.rejects(parquetMetadata(path), newer)
  await t.rejects(collect(readRecords('scores', path)), newer)
})
