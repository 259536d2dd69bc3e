import { identity } from '../../operators/records/identity.js'
import type { Lake, Latest } from '../../sinks/lake/lake.js'

/** A step that failed, and what is known of it. */
export interface StepFailure {
  /** The step's identity, and its name. */
  readonly id: string
  readonly name: string
  /** How often it had been tried then, from 1. */
  readonly attempt: number
  readonly message: string
  readonly log: string
}

/** Notes a failure as a row of the table `errors`. */
export async function noteFailure(
  lake: Lake,
  { id, name, attempt, message, log }: StepFailure,
): Promise<void> {
  // files of its own: somebody may be at the step again
  const step = identity({ failed: id })
  await lake.exclusively(step, async () => {
    const rows = lake.parts('errors', { step, metadata: () => ({ failed: id, name, attempt, message }) })
    const image = { dataset: '', split: '', index: -1, path: '' }
    await rows.write([{ run: id, ...image, reason: message, step: name, attempt, log }])
    await rows.close()
  })
}

/** The failures that a data set notes, by the steps' identities: of each the last. */
export function failuresIn(latest: Latest): ReadonlyMap<string, Omit<StepFailure, 'log'>> {
  const last = new Map<string, Omit<StepFailure, 'log'>>()
  for (const { metadata } of latest.files({ table: 'errors' })) {
    const { failed: id, name, attempt, message } = metadata
    if (typeof id !== 'string' || typeof attempt !== 'number') continue
    if ((last.get(id)?.attempt ?? 0) < attempt)
      last.set(id, { id, attempt, name: String(name), message: String(message) })
  }
  return last
}
