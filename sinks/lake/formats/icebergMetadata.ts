import * as v from 'valibot'
import { mismatch, placeOf } from '../../../operators/records/expected.js'
import { icebergSchema, idsOf, nameMappingOf, schemaOf, tableSchemaOf } from './icebergSchema.js'
import type { TableSchema } from './tableSchema.js'

const spec = v.object({
  'spec-id': v.number(),
  fields: v.array(
    v.object({
      'source-id': v.number(),
      'field-id': v.number(),
      name: v.string(),
      transform: v.literal('identity'),
    }),
  ),
})
/** How the files of a table are parted: by the keys of their folders. */
export type Spec = v.InferOutput<typeof spec>

const snapshot = v.looseObject({
  'snapshot-id': v.number(),
  'parent-snapshot-id': v.optional(v.number()),
  'sequence-number': v.number(),
  'timestamp-ms': v.number(),
  'manifest-list': v.string(),
  'schema-id': v.number(),
  summary: v.record(v.string(), v.string()),
})
export type Snapshot = v.InferOutput<typeof snapshot>

const metadata = v.looseObject({
  'format-version': v.literal(2),
  'table-uuid': v.string(),
  location: v.string(),
  'last-sequence-number': v.number(),
  'last-updated-ms': v.number(),
  'current-schema-id': v.number(),
  schemas: v.array(icebergSchema),
  'default-spec-id': v.number(),
  'partition-specs': v.array(spec),
  properties: v.record(v.string(), v.string()),
  'current-snapshot-id': v.number(),
  snapshots: v.array(snapshot),
  'snapshot-log': v.array(v.object({ 'snapshot-id': v.number(), 'timestamp-ms': v.number() })),
})

/**
 * A table's metadata, `vN.metadata.json`, of Iceberg's version 2.
 * https://iceberg.apache.org/spec/#table-metadata-fields
 */
export type Metadata = v.InferOutput<typeof metadata>

/** The property that says which commit of the data set the table has. */
export const COMMIT = 'blindspot.commit'

/** @throws Error that says which value is wrong */
export function metadataIn(text: string): Metadata {
  const result = v.safeParse(metadata, JSON.parse(text), { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  throw new Error(mismatch(issue, placeOf(issue)))
}

/** Metadata of a table without a snapshot. */
export const emptyMetadata = (uuid: string, location: string, schema: TableSchema) =>
  withSchema(
    {
      'format-version': 2,
      'table-uuid': uuid,
      location,
      'last-sequence-number': 0,
      'last-updated-ms': 0,
      'current-schema-id': -1,
      schemas: [],
      'default-spec-id': -1,
      'partition-specs': [],
      'sort-orders': [{ 'order-id': 0, fields: [] }],
      'default-sort-order-id': 0,
      properties: {},
      'current-snapshot-id': -1,
      snapshots: [],
      'snapshot-log': [],
      'metadata-log': [],
    },
    schema,
  )

/** Metadata whose present schema and partition spec are those of a table; earlier ones stay, snapshots are of them. */
export function withSchema(before: Metadata, table: TableSchema): Metadata {
  const { schemas, 'partition-specs': specs } = before
  const schema = { ...schemaOf(table, 0) }
  const known = schemas.find((other) => JSON.stringify(other.fields) === JSON.stringify(schema.fields))
  schema['schema-id'] = known?.['schema-id'] ?? schemas.length
  const now = {
    'spec-id': 0,
    fields: table.keys.map((name, i) => ({
      ...{ name, transform: 'identity' as const, 'field-id': 1000 + i },
      'source-id': schema.fields.find((field) => field.name === name)?.id ?? 0,
    })),
  }
  const same = specs.find(({ fields }) => fields.length === now.fields.length)
  now['spec-id'] = same?.['spec-id'] ?? specs.length
  return {
    ...before,
    'last-column-id': Math.max(0, ...[...schemas, schema].flatMap(idsOf)),
    'current-schema-id': schema['schema-id'],
    schemas: known ? schemas : [...schemas, schema],
    'default-spec-id': now['spec-id'],
    'partition-specs': same ? specs : [...specs, now],
    'last-partition-id': 999 + table.keys.length,
    properties: { ...before.properties, 'schema.name-mapping.default': nameMappingOf(schema) },
  }
}

/** Metadata with one more snapshot, which is the present one. */
export const withSnapshot = (before: Metadata, one: Snapshot, commit: number): Metadata => ({
  ...before,
  'last-sequence-number': one['sequence-number'],
  'last-updated-ms': one['timestamp-ms'],
  'current-snapshot-id': one['snapshot-id'],
  refs: { main: { 'snapshot-id': one['snapshot-id'], type: 'branch' } },
  properties: { ...before.properties, [COMMIT]: String(commit) },
  snapshots: [...before.snapshots, one],
  'snapshot-log': [
    ...before['snapshot-log'],
    { 'snapshot-id': one['snapshot-id'], 'timestamp-ms': one['timestamp-ms'] },
  ],
})

export const schemaIn = (of: Metadata) =>
  of.schemas.find((schema) => schema['schema-id'] === of['current-schema-id']) ?? {
    'schema-id': 0,
    fields: [],
  }

export const specIn = (of: Metadata, id = of['default-spec-id']): Spec =>
  of['partition-specs'].find((one) => one['spec-id'] === id) ?? { 'spec-id': 0, fields: [] }

/** The present schema of a table. */
export const tableSchemaIn = (of: Metadata): TableSchema =>
  tableSchemaOf(
    schemaIn(of),
    specIn(of).fields.map(({ name }) => name),
  )
