import * as v from 'valibot'
import { BlindspotError } from '../../../operators/errors.js'
import { elementId } from '../../../operators/records/fieldIds.js'
import type { ScalarType } from '../../../sources/parquetColumns.js'
import type { SchemaColumn, TableSchema } from './tableSchema.js'

const TYPES = {
  utf8: 'string',
  bool: 'boolean',
  int32: 'int',
  int64: 'long',
  float32: 'float',
  float64: 'double',
} as const satisfies Record<ScalarType, string>
const SCALARS = Object.keys(TYPES) as ScalarType[]

const scalar = v.picklist(Object.values(TYPES))

/** A schema in a table's metadata. */
export const icebergSchema = v.looseObject({
  'schema-id': v.number(),
  fields: v.array(
    v.looseObject({
      id: v.number(),
      name: v.string(),
      required: v.boolean(),
      type: v.union([
        scalar,
        v.object({
          type: v.literal('list'),
          'element-id': v.number(),
          element: scalar,
          'element-required': v.boolean(),
        }),
      ]),
    }),
  ),
})
export type IcebergSchema = v.InferOutput<typeof icebergSchema>
type Field = IcebergSchema['fields'][number]

/** First id of the keys of folders, which no file has: beyond those of columns and their lists' values. */
const FIRST_KEY = 2001

/**
 * A table's schema as Iceberg's metadata have it: the files' columns by their Parquet field ids, and the keys of the folders as
 * optional texts, whose values are those of the partition (column projection, rule 1).
 * https://iceberg.apache.org/spec/#schemas-and-data-types https://iceberg.apache.org/spec/#column-projection
 *
 * @throws BlindspotError `bad-data` where two columns have one id
 */
export function schemaOf({ columns, keys }: TableSchema, schemaId: number): IcebergSchema {
  const taken = new Set(columns.map(({ id }) => id))
  let free = 0
  const next = () => {
    do free++
    while (taken.has(free))
    return free
  }
  const fields = columns.map(({ id = next(), name, required, ...column }): Field => {
    const element = elementOf(column.type)
    return {
      ...{ id, name, required },
      type:
        element === undefined
          ? TYPES[column.type as ScalarType]
          : {
              type: 'list',
              'element-id': column.elementId ?? elementId(id),
              element: TYPES[element],
              'element-required': column.elementRequired,
            },
    }
  })
  const texts = keys.map((name, i): Field => ({
    ...{ id: FIRST_KEY + i, name, required: false },
    type: TYPES.utf8,
  }))
  const schema = { type: 'struct', 'schema-id': schemaId, fields: [...fields, ...texts] }
  const ids = idsOf(schema)
  if (new Set(ids).size < ids.length)
    throw new BlindspotError(
      'bad-data',
      `two of the columns ${columns.map(({ name }) => name).join(', ')} have one field id`,
    )
  return schema
}

/** All ids of a schema. */
export const idsOf = ({ fields }: IcebergSchema): readonly number[] =>
  fields.flatMap(({ id, type }) => (typeof type === 'string' ? [id] : [id, type['element-id']]))

/** What a schema of the metadata says. */
export function tableSchemaOf({ fields }: IcebergSchema, keys: readonly string[]): TableSchema {
  const columns = fields
    .filter(({ name }) => !keys.includes(name))
    .map(({ id, name, required, type }): SchemaColumn =>
      typeof type === 'string'
        ? { ...{ id, name, required, type: typeOf(type) }, elementRequired: true, elementId: undefined }
        : {
            ...{ id, name, required, type: `list<${typeOf(type.element)}>` },
            ...{ elementRequired: type['element-required'], elementId: type['element-id'] },
          },
    )
  return { columns, keys }
}

/**
 * By which names columns are found in files that have no field ids, those of earlier versions.
 * https://iceberg.apache.org/spec/#name-mapping-serialization
 */
export const nameMappingOf = ({ fields }: IcebergSchema): string =>
  JSON.stringify(
    fields.map(({ id, name, type }) => ({
      ...{ 'field-id': id, names: [name] },
      ...(typeof type !== 'string' && { fields: [{ 'field-id': type['element-id'], names: ['element'] }] }),
    })),
  )

const typeOf = (iceberg: v.InferOutput<typeof scalar>): ScalarType =>
  SCALARS.find((type) => TYPES[type] === iceberg) ?? 'utf8'

const elementOf = (type: SchemaColumn['type']): ScalarType | undefined =>
  SCALARS.find((one) => type === `list<${one}>`)
