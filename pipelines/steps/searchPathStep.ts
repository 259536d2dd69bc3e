import { modelName } from './modelName.js'
import type { SearchPathSpec } from './searchPathSpec.js'
import type { Step } from './stepKind.js'

/** The step that writes the path of an attack's first search on c, a row for each c that was solved for, to the table `searches`. */
export function searchPathStep(spec: SearchPathSpec, needs: readonly string[] = []): Step<SearchPathSpec> {
  return { kind: 'searchPath', name: `search path ${modelName(spec.attack.model)}`, spec, needs }
}
