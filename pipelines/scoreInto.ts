import type { Observable } from 'rxjs'
import { consume } from '../operators/flow/consume.js'
import { progress } from '../operators/flow/progress.js'
import type { ScoreBatch } from '../operators/records/score.js'
import type { Lake, LakeFile } from '../sinks/lake.js'
import type { IntoOptions } from './attackInto.js'
import { identity } from './identity.js'

/** Scores to write as one file. */
export interface ScoreStep {
  readonly label: string
  readonly scores: Observable<ScoreBatch>
  /** What determines the rows, as JSON: the step's identity. */
  readonly what: unknown
  /** Rows that are expected, for the progress. */
  readonly total?: number | undefined
  /** Folder in the table, under the key `shown`. */
  readonly partition: string
  readonly provenance: Readonly<Record<string, unknown>>
  /** Position among the step's files. Default 0. */
  readonly part?: number
  /** Noted in the manifest. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Identity of the step that makes some scores. */
export const stepOf = (what: unknown): string => identity({ score: 1, what })

/** Writes one file of the table `scores` of a data set, unless the step is committed already; gives the file. */
export async function scoreInto(
  lake: Lake,
  { label, scores, what, total, partition, provenance, part = 0, metadata = {} }: ScoreStep,
  { signal, onProgress }: IntoOptions,
): Promise<LakeFile> {
  const step = stepOf(what)
  const committed = () => lake.files({ table: 'scores', step }).find((file) => file.part === part)
  const done = committed()
  if (done) return done
  const writer = lake.writer('scores', {
    step,
    part,
    metadata,
    partition: { shown: partition },
    provenance: { ...provenance, score: what },
  })
  try {
    const counted = scores.pipe(
      progress({ label, unit: 'scores', total, count: ({ index }) => index.length, onProgress }),
    )
    await consume(counted, (batch) => writer.write(batch), { signal })
    await writer.commit()
  } catch (error) {
    await writer.abort()
    throw error
  }
  const written = committed()
  if (!written) throw new Error(`the scores of step ${step} were committed and are not there`)
  return written
}
