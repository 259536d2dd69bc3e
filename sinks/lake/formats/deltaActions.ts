import * as v from 'valibot'
import { mismatch, placeOf } from '../../../operators/records/expected.js'

const add = v.object({
  path: v.string(),
  partitionValues: v.record(v.string(), v.nullable(v.string())),
  size: v.number(),
  modificationTime: v.number(),
  stats: v.string(),
})

const action = v.object({
  protocol: v.optional(v.object({ minReaderVersion: v.number(), minWriterVersion: v.number() })),
  metaData: v.optional(
    v.object({
      id: v.string(),
      createdTime: v.number(),
      schemaString: v.string(),
      partitionColumns: v.array(v.string()),
    }),
  ),
  add: v.optional(add),
  remove: v.optional(v.object({ path: v.string() })),
  txn: v.optional(v.object({ appId: v.string(), version: v.number() })),
})

/** A file of a table, as the log has it. */
export type Add = v.InferOutput<typeof add>

/** What a version of a log says, of what this program writes. */
export type Action = v.InferOutput<typeof action>

/**
 * The actions of a version of a log, a JSON object a line.
 *
 * @throws Error that says which value is wrong
 */
export const actionsIn = (text: string): readonly Action[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const result = v.safeParse(action, JSON.parse(line), { abortEarly: true })
      if (result.success) return result.output
      const [issue] = result.issues
      throw new Error(mismatch(issue, placeOf(issue)))
    })
