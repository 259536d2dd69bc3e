import * as v from 'valibot'
import type { ScalarType } from '../../../sources/parquetColumns.js'
import type { SchemaColumn, TableSchema } from './tableSchema.js'

const TYPES = {
  utf8: 'string',
  bool: 'boolean',
  int32: 'integer',
  int64: 'long',
  float32: 'float',
  float64: 'double',
} as const satisfies Record<ScalarType, string>

const scalar = v.picklist(Object.values(TYPES))
const struct = v.object({
  type: v.literal('struct'),
  fields: v.array(
    v.object({
      name: v.string(),
      type: v.union([
        scalar,
        v.object({ type: v.literal('array'), elementType: scalar, containsNull: v.boolean() }),
      ]),
      nullable: v.boolean(),
    }),
  ),
})

/**
 * A table's schema as Delta's log has it: that of the files, and the keys of the folders, which are its partition columns.
 * https://github.com/delta-io/delta/blob/master/PROTOCOL.md#schema-serialization-format
 */
export function deltaSchema({ columns, keys }: TableSchema): string {
  const fields = columns.map(({ name, type, required, elementRequired }) => {
    const element = elementOf(type)
    return {
      name,
      type:
        element === undefined
          ? TYPES[type as ScalarType]
          : { type: 'array', elementType: TYPES[element], containsNull: !elementRequired },
      nullable: !required,
      metadata: {},
    }
  })
  const texts = keys.map((name) => ({ name, type: TYPES.utf8, nullable: true, metadata: {} }))
  return JSON.stringify({ type: 'struct', fields: [...fields, ...texts] })
}

/**
 * The schema that a log has.
 *
 * @throws Error where it has types that this program does not write
 */
export function schemaOfDelta(schemaString: string, keys: readonly string[]): TableSchema {
  const { fields } = v.parse(struct, JSON.parse(schemaString))
  const columns = fields
    .filter(({ name }) => !keys.includes(name))
    .map(({ name, type, nullable }): SchemaColumn => {
      const required = !nullable
      return typeof type === 'string'
        ? { name, type: typeOf(type), required, elementRequired: true, ...NO_IDS }
        : {
            ...{ name, required, elementRequired: !type.containsNull, ...NO_IDS },
            type: `list<${typeOf(type.elementType)}>`,
          }
    })
  return { columns, keys }
}

/** The log knows columns by their names. */
const NO_IDS = { id: undefined, elementId: undefined }

const SCALARS = Object.keys(TYPES) as ScalarType[]

const typeOf = (delta: v.InferOutput<typeof scalar>): ScalarType =>
  SCALARS.find((type) => TYPES[type] === delta) ?? 'utf8'

/** Type of the values in the lists of a column; undefined of one without. */
const elementOf = (type: SchemaColumn['type']): ScalarType | undefined =>
  SCALARS.find((scalar) => type === `list<${scalar}>`)
