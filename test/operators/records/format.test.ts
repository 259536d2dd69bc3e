import { existsSync, readdirSync } from 'node:fs'
import t from 'tap'
import { FORMAT } from '../../../operators/records/format.js'
import { TABLES, isTableName } from '../../../operators/records/tables.js'
import { ParquetWriter } from '../../../sinks/parquet.js'
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
  const writer = new ParquetWriter(path, { provenance: { format: FORMAT + 1 } })
  await writer.write(TABLES.scores.toArrow(RECORDS.scores))
  await writer.close()
  const newer = {
    code: 'bad-data',
    message: /has tables of version \d+, this blindspot reads up to \d+; use a newer/,
  }
  await t.rejects(parquetMetadata(path), newer)
  await t.rejects(collect(readRecords('scores', path)), newer)
})
