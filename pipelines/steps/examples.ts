import { basename, dirname, join, resolve } from 'node:path'
import * as v from 'valibot'
import { BlindspotError } from '../../operators/errors.js'
import { openLake, type LakeFile } from '../../sinks/lake/lake.js'
import { files } from '../../sources/files.js'
import { parquetMetadata } from '../../sources/parquet.js'
import { sha256Of } from '../../sources/sha256.js'
import { disk } from '../../sources/store.js'
import { attackKind, attackSchema } from './attack.js'
import { identityOf, type Place } from './stepKind.js'

/** Which examples, as a step has them. */
export const examplesSchema = v.union([
  /** Those that an attack makes in the data set of the step. */
  v.strictObject({ attack: attackSchema }),
  v.strictObject({
    /** A data set, or a Parquet file of examples; absolute, or relative to the data set of the step. */
    path: v.string(),
    /** Of a data set those of this step: its identity. */
    step: v.optional(v.string()),
  }),
])
export type StepExamples = v.InferOutput<typeof examplesSchema>

/** Files of examples in their order, and what tells them from others. */
export interface OpenedExamples {
  readonly identity: string
  readonly paths: readonly string[]
  /** Rows in all; Infinity where only reading tells. */
  readonly rows: number
}

/** Steps of ours are known by what their rows depend on; those of code, and files alone, by what they hold. */
const OURS = /^[0-9a-f]{16}$/

/** Finds the files of examples; of a data set they have to be as they were committed. */
export async function openExamples(examples: StepExamples, place: Place): Promise<OpenedExamples> {
  if ('attack' in examples)
    return committedBy(place.folder, await identityOf(attackKind, examples.attack, place))
  const path = resolve(place.folder, examples.path)
  if (examples.step !== undefined) return committedBy(path, examples.step)
  const { rows } = await parquetMetadata(path)
  return { identity: await sha256Of(path), paths: [path], rows }
}

async function committedBy(folder: string, step: string): Promise<OpenedExamples> {
  const lake = await openLake(folder, { readOnly: true })
  const committed = lake.files({ table: 'examples', step })
  if (committed.length === 0)
    throw new BlindspotError(
      'bad-data',
      `${folder}: the data set has no examples of step ${step}; attack first, or choose another one`,
    )
  await lake.verify(committed)
  return {
    identity: OURS.test(step) ? step : contentOf(committed),
    paths: committed.map((file) => file.path),
    rows: committed.reduce((sum, { rows }) => sum + rows, 0),
  }
}

/**
 * The examples of a path, as a command line has them: of a data set, or of its table, those of each step; of another folder,
 * or a file, those of each file.
 *
 * @throws BlindspotError `bad-data` for a data set without examples; `io` where there is nothing
 */
export async function examplesBelow(path: string): Promise<readonly StepExamples[]> {
  const folder = (await isDataSet(path))
    ? path
    : (await isDataSet(dirname(resolve(path))))
      ? dirname(resolve(path))
      : undefined
  if (folder === undefined || (folder !== path && basename(resolve(path)) !== 'examples'))
    return (await files(path, '.parquet')).map((file) => ({ path: resolve(file) }))
  const committed = (await openLake(folder, { readOnly: true })).files({ table: 'examples' })
  if (committed.length === 0)
    throw new BlindspotError(
      'bad-data',
      `${folder}: the data set has no table examples; make it with blindspot attack`,
    )
  return [...new Set(committed.map(({ step }) => step))].map((step) => ({ path: resolve(folder), step }))
}

const isDataSet = async (folder: string) => (await disk.stat(join(folder, 'manifest.json'))) !== undefined

const contentOf = (committed: readonly LakeFile[]) => committed.map(({ sha256 }) => sha256).join(' ')
