import { openLake } from '../../sinks/lake/openLake.js'
import { lastOf } from '../../sources/place.js'
import { attackNames } from '../tables/attackNames.js'
import { attackOfRun } from './attackOfRun.js'
import { runsOf } from './runs.js'

/** Examples of a run of a data set, or of a file, as the steps of a scoring have them. */
interface Examples {
  readonly path: string
  readonly step?: string | undefined
}

/** What examples are called beside each other: by the network and the attack of their run, or by their file. */
export async function examplesNames(all: readonly Examples[]): Promise<(examples: Examples) => string> {
  const of = all.find(({ step }) => step !== undefined)
  // a file that cannot be read is found, and said, by the scoring itself
  const runs =
    of === undefined ? [] : await runsOf(await openLake(of.path, { readOnly: true })).catch(() => [])
  const attacks = new Map(
    runs
      .filter(({ run }) => all.some(({ step }) => step === run))
      .flatMap((run) => {
        const attack = attackOfRun(run)
        return attack ? [[run.run, attack]] : []
      }),
  )
  const nameOf = attackNames([...attacks.values()])
  return ({ path, step }) => {
    if (step === undefined) return lastOf(path)
    const attack = attacks.get(step)
    return attack ? `${attack.sourceModel}, ${nameOf(attack)}` : `run ${step}`
  }
}
