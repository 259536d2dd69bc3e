import type { Lake } from '../../sinks/lake/lake.js'
import { withLake } from '../../sinks/lake/withLake.js'
import { Models } from '../steps/models.js'
import { performAll, stepIdentity } from '../steps/step.js'
import type { Effort, Performed, Step } from '../steps/stepKind.js'
import { absolute } from '../../sources/place.js'

/**
 * Performs steps into the data set of a folder, which is not touched before it is known that all of them can be done, and left as
 * it was where none of them comes to anything.
 */
export async function performInto(
  out: string,
  steps: readonly Step[],
  effort: Effort,
): Promise<{ readonly lake: Lake; readonly performed: readonly Performed[] }> {
  const folder = absolute(out)
  const models = new Models(folder, effort.backend)
  try {
    for (const step of steps) await stepIdentity(folder, step, models)
    return await withLake(folder, async (lake) => {
      const planned = steps.map((step) => ({ step, effort: {} }))
      const performed = await performAll(lake, planned, effort, models)
      await lake.checkpoint()
      return { lake, performed }
    })
  } finally {
    await models.dispose()
  }
}
