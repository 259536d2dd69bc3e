import type { Observable } from 'rxjs'
import type { Classifier } from '../../operators/classifier.js'
import { consume } from '../../operators/flow/consume.js'
import { progress } from '../../operators/flow/progress.js'
import type { ScoreBatch } from '../../operators/records/score.js'
import type { Lake, LakeFile } from '../../sinks/lake/lake.js'
import type { IntoOptions } from './attack.js'
import { identity } from '../../operators/records/identity.js'

/** Something to show to some models, and where the scores go. */
export interface ScoreStep {
  readonly label: string
  /** What is shown, and all that it depends on, as JSON: the step's identity. Not how much of it, nor to whom. */
  readonly what: unknown
  readonly models: readonly Classifier[]
  /** The scores of some of the models, who have seen the first `skip` images; clean and noisy rows are of `run`. */
  readonly scores: (models: readonly Classifier[], run: string, skip: number) => Observable<ScoreBatch>
  /** How many images are shown, where a larger number can come later. Default: all that there are. */
  readonly images?: number
  /** Folder in the table, under the key `shown`. */
  readonly partition: string
  readonly provenance: Readonly<Record<string, unknown>>
}

/** Part of every scoring's identity: raised when a change of it changes rows. */
const SCORE = 2

/**
 * Writes what models make of something to the table `scores` of a data set: a file for all of them, and none of what they
 * have seen. Asked again with other models, or more images, it adds a file with the rows that are new, so that no row
 * is there twice. Gives the step's files.
 */
export async function scoreInto(
  lake: Lake,
  step: ScoreStep,
  into: IntoOptions,
): Promise<readonly LakeFile[]> {
  const id = identity({ score: SCORE, what: step.what })
  const files = () => lake.files({ table: 'scores', step: id })
  return lake.exclusively(id, async () => {
    for (const [skip, models] of unseen(files(), step)) await write(lake, id, { ...step, models }, skip, into)
    return files()
  })
}

/** The models that have something to see, by how many images they have seen. */
function unseen(
  files: readonly LakeFile[],
  { models, images = Infinity }: ScoreStep,
): ReadonlyMap<number, readonly Classifier[]> {
  const seen = ({ name, weightsHash }: Classifier) =>
    files
      .filter(({ metadata }) => victimsOf(metadata)[name] === weightsHash)
      .reduce((most, { metadata }) => Math.max(most, Number(metadata['images'] ?? Infinity)), 0)
  const groups = new Map<number, Classifier[]>()
  for (const model of models) {
    const skip = seen(model)
    if (skip < images) groups.set(skip, [...(groups.get(skip) ?? []), model])
  }
  return groups
}

/** The weights of the models whose scores a file has, by name; none in files of an earlier version. */
export const victimsOf = (metadata: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  (metadata['victims'] ?? {}) as Readonly<Record<string, unknown>>

async function write(
  lake: Lake,
  id: string,
  { label, what, models, scores, images, partition, provenance }: ScoreStep,
  skip: number,
  { signal, onProgress }: IntoOptions,
): Promise<void> {
  const writer = lake.writer('scores', {
    step: id,
    part: lake.files({ table: 'scores', step: id }).length,
    metadata: {
      victims: Object.fromEntries(models.map(({ name, weightsHash }) => [name, weightsHash])),
      images,
    },
    partition: { shown: partition },
    provenance: { ...provenance, score: what },
  })
  const total = images === undefined ? undefined : (images - skip) * models.length
  try {
    const counted = scores(models, id, skip).pipe(
      progress({ label, unit: 'scores', total, count: ({ index }) => index.length, onProgress }),
    )
    await consume(counted, (batch) => writer.write(batch), { signal })
    await writer.close()
  } catch (error) {
    await writer.abort()
    throw error
  }
}
