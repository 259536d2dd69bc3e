import * as v from 'valibot'
import { keyed } from '../../operators/records/expected.js'
import { BlindspotError } from '../../operators/errors.js'
import type { Lake, LakeFile } from '../../sinks/lake/lake.js'
import { openLake } from '../../sinks/lake/openLake.js'
import { parquetMetadata } from '../../sources/parquet.js'
import { from } from '../../sources/place.js'
import { sha256Of } from '../../sources/sha256.js'
import { attackIdentity, attackSchema } from './attackSpec.js'
import { identityOf, type Place, type Standing } from './stepKind.js'

/** Which examples, as a step has them. */
export const examplesSchema = v.union([
  /** The examples that an attack makes in the data set of the step. */
  keyed({ attack: attackSchema }),
  keyed({
    /** A data set, or a Parquet file of examples; absolute, or relative to the data set of the step. */
    path: v.string(),
    /** Identity of the step whose examples they are, or of the run of shards, of all in a data set. */
    step: v.optional(v.string()),
  }),
])
/** Examples as a step has them: those of an attack, of a data set or of a file. */
export type StepExamples = v.InferOutput<typeof examplesSchema>

/** Files of examples in their order. */
export interface OpenedExamples {
  readonly paths: readonly string[]
  /** Number of rows. */
  readonly rows: number
}

/** Steps of ours are known by what their rows depend on; those of code, and files alone, by what they hold. */
const OURS = /^[0-9a-f]{16}$/

/** What tells examples from others, also before they are made: it needs no more than the model that is attacked. */
export async function examplesIdentity(examples: StepExamples, place: Place): Promise<string> {
  if ('attack' in examples) return identityOf(attackIdentity, examples.attack, place)
  const { path, step } = examples
  if (step === undefined) return sha256Of(from(place.folder, path))
  if (OURS.test(step)) return step
  const { committed } = await committedBy(from(place.folder, path), step)
  return committed.map(({ sha256 }) => sha256).join(' ')
}

/** Finds the files of examples; of a data set they have to be as they were committed. */
export async function openExamples(examples: StepExamples, place: Place): Promise<OpenedExamples> {
  if ('path' in examples && examples.step === undefined) {
    const path = from(place.folder, examples.path)
    const { rows } = await parquetMetadata(path)
    return { paths: [path], rows }
  }
  const { lake, committed } = await ('attack' in examples
    ? committedBy(place.folder, await examplesIdentity(examples, place))
    : committedBy(from(place.folder, examples.path), examples.step))
  await lake.verify(committed)
  return { paths: committed.map(({ path }) => path), rows: rowsOf(committed) }
}

/** How many examples there are, by what is committed alone; undefined of those that are elsewhere, or not there. */
export async function examplesCount(examples: StepExamples, standing: Standing): Promise<number | undefined> {
  if (!('attack' in examples)) return undefined
  const found = standing.files({ table: 'examples', run: await examplesIdentity(examples, standing) })
  return found.length === 0 ? undefined : rowsOf(found)
}

const rowsOf = (files: readonly LakeFile[]) => files.reduce((sum, { rows }) => sum + rows, 0)

/** The files of a run in the order of their images: of one step, or of one for each shard. */
const inOrder = (files: readonly LakeFile[]): readonly LakeFile[] => {
  const first = ({ metadata: { from } }: LakeFile) => (typeof from === 'number' ? from : 0)
  return [...files].sort((a, b) => first(a) - first(b))
}

async function committedBy(
  folder: string,
  step = '',
): Promise<{ readonly lake: Lake; readonly committed: readonly LakeFile[] }> {
  const lake = await openLake(folder, { readOnly: true })
  const committed = inOrder(await lake.files({ table: 'examples', run: step }))
  if (committed.length > 0) return { lake, committed }
  throw new BlindspotError(
    'bad-option',
    `${folder}: expected examples of step ${step}, got none; attack first, or choose another step`,
  )
}
