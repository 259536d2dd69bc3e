import * as v from 'valibot'
import type { Scalar, ScalarType } from '../../../sources/parquetColumns.js'
import { avroFile, avroRecords } from './avro.js'
import type { DataFile } from './dataFile.js'
import type { IcebergSchema } from './icebergSchema.js'
import type { Spec } from './icebergMetadata.js'

/** What became of a file in the snapshot that wrote the manifest. */
export const STATUS = { existing: 0, added: 1, deleted: 2 } as const

const counts = v.nullish(v.array(v.object({ key: v.number(), value: v.number() })))
const bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes')
const bounds = v.nullish(v.array(v.object({ key: v.number(), value: bytes })))

const manifestEntry = v.object({
  status: v.number(),
  snapshot_id: v.nullable(v.number()),
  sequence_number: v.nullable(v.number()),
  file_sequence_number: v.nullable(v.number()),
  data_file: v.object({
    content: v.number(),
    file_path: v.string(),
    file_format: v.string(),
    partition: v.record(v.string(), v.nullable(v.string())),
    record_count: v.number(),
    file_size_in_bytes: v.number(),
    column_sizes: counts,
    value_counts: counts,
    null_value_counts: counts,
    nan_value_counts: counts,
    lower_bounds: bounds,
    upper_bounds: bounds,
  }),
})
/** A file in a manifest. */
export type ManifestEntry = v.InferOutput<typeof manifestEntry>

const field = (id: number, name: string, type: unknown, optional = false) => ({
  name,
  ...(optional ? { type: ['null', type], default: null } : { type }),
  'field-id': id,
})

/** A map whose keys are no texts is a list of pairs. */
const map = (key: number, value: number, type: string) => ({
  type: 'array',
  logicalType: 'map',
  items: {
    type: 'record',
    name: `k${key}_v${value}`,
    fields: [field(key, 'key', 'int'), field(value, 'value', type)],
  },
})

/** https://iceberg.apache.org/spec/#manifests */
const schemaOf = ({ fields }: Spec) => ({
  type: 'record',
  name: 'manifest_entry',
  fields: [
    field(0, 'status', 'int'),
    field(1, 'snapshot_id', 'long', true),
    field(3, 'sequence_number', 'long', true),
    field(4, 'file_sequence_number', 'long', true),
    field(2, 'data_file', {
      type: 'record',
      name: 'r2',
      fields: [
        field(134, 'content', 'int'),
        field(100, 'file_path', 'string'),
        field(101, 'file_format', 'string'),
        field(102, 'partition', {
          type: 'record',
          name: 'r102',
          fields: fields.map(({ 'field-id': id, name }) => field(id, name, 'string', true)),
        }),
        field(103, 'record_count', 'long'),
        field(104, 'file_size_in_bytes', 'long'),
        field(108, 'column_sizes', map(117, 118, 'long'), true),
        field(109, 'value_counts', map(119, 120, 'long'), true),
        field(110, 'null_value_counts', map(121, 122, 'long'), true),
        field(137, 'nan_value_counts', map(138, 139, 'long'), true),
        field(125, 'lower_bounds', map(126, 127, 'bytes'), true),
        field(128, 'upper_bounds', map(129, 130, 'bytes'), true),
      ],
    }),
  ],
})

/** A manifest: files of one partition spec. */
export const manifestBytes = (
  entries: readonly ManifestEntry[],
  spec: Spec,
  schema: IcebergSchema,
): Promise<Buffer> =>
  avroFile(schemaOf(spec), entries, {
    schema: JSON.stringify(schema),
    'schema-id': String(schema['schema-id']),
    'partition-spec': JSON.stringify(spec.fields),
    'partition-spec-id': String(spec['spec-id']),
    'format-version': '2',
    content: 'data',
  })

/** @throws Error where it is no manifest as this program writes it */
export const manifestEntries = async (bytes: Buffer): Promise<readonly ManifestEntry[]> =>
  v.parse(v.array(manifestEntry), await avroRecords(bytes))

/** The entry of a file that is new. */
export function addedEntry(
  { partition, rows, bytes, columns = [] }: DataFile,
  path: string,
  of: { readonly spec: Spec; readonly schema: IcebergSchema; readonly snapshot: number },
): ManifestEntry {
  const ids = new Map(of.schema.fields.map(({ name, id }) => [name, id]))
  const told = columns.flatMap(({ name, nulls, bounds: between }) => {
    const key = ids.get(name)
    return key === undefined || nulls === undefined ? [] : [{ key, nulls, between }]
  })
  const bounded = told.flatMap(({ key, between }) => (between === undefined ? [] : [{ key, between }]))
  return {
    ...{ status: STATUS.added, snapshot_id: of.snapshot },
    // inherited from the manifest list
    ...{ sequence_number: null, file_sequence_number: null },
    data_file: {
      content: 0,
      file_path: path,
      file_format: 'PARQUET',
      partition: Object.fromEntries(of.spec.fields.map(({ name }) => [name, partition[name] ?? null])),
      record_count: rows,
      file_size_in_bytes: bytes,
      // of a list it is its values that take them
      column_sizes: columns.flatMap(({ name, bytes: value }) => {
        const field = of.schema.fields.find((one) => one.name === name)
        if (field === undefined) return []
        return [{ key: typeof field.type === 'string' ? field.id : field.type['element-id'], value }]
      }),
      value_counts: told.map(({ key }) => ({ key, value: rows })),
      null_value_counts: told.map(({ key, nulls }) => ({ key, value: nulls })),
      // bounds are of columns without NaN alone
      nan_value_counts: bounded
        .filter(({ between }) => between.type.startsWith('float'))
        .map(({ key }) => ({ key, value: 0 })),
      lower_bounds: bounded.map(({ key, between }) => ({ key, value: single(between.type, between.least) })),
      upper_bounds: bounded.map(({ key, between }) => ({ key, value: single(between.type, between.most) })),
    },
  }
}

/** A value as bytes: https://iceberg.apache.org/spec/#binary-single-value-serialization */
function single(type: ScalarType, value: Scalar): Buffer {
  if (typeof value === 'string') return Buffer.from(value)
  if (typeof value === 'boolean') return Buffer.from([Number(value)])
  const bytes = Buffer.alloc(type.endsWith('64') ? 8 : 4)
  if (typeof value === 'bigint') {
    if (type === 'int64') bytes.writeBigInt64LE(value)
    else bytes.writeInt32LE(Number(value))
  } else if (type === 'float64') bytes.writeDoubleLE(value)
  else bytes.writeFloatLE(value)
  return bytes
}
