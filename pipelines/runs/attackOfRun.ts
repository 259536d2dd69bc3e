import { unusualOptions, USUAL_SEED } from '../../operators/engine/attackOptions.js'
import { METHOD_DEFAULTS } from '../../operators/engine/methodDefaults.js'
import { GOALS, METHODS } from '../../operators/records/codes.js'
import type { Named } from '../tables/attackNames.js'
import type { Run } from './run.js'

/** An attack as its rows name it; undefined of a run of another kind, and of one that does not tell how it looked. */
export function attackOfRun({ run, models, method, goal, seed, options }: Run): Named | undefined {
  const by = METHODS.find((one) => one === method)
  const aim = GOALS.find((one) => one === goal)
  if (by === undefined || aim === undefined) return undefined
  const how = Object.fromEntries(
    Object.keys(METHOD_DEFAULTS[by]).flatMap((name) => (name in options ? [[name, options[name]]] : [])),
  )
  return {
    ...{ run, sourceModel: models.join(', '), method: by, goal: aim },
    options: unusualOptions(by, aim, seed ?? USUAL_SEED, how),
  }
}
