import { requireKnown } from '../../operators/options/knownOptions.js'
import { modelName } from './modelName.js'
import { requireAttack } from './requireSpec.js'
import type { SearchPathSpec } from './searchPathSpec.js'
import type { Step } from './stepKind.js'

/**
 * The step that writes the path of an attack's first search on c, a row for each c that was solved for, to the table `searches`.
 *
 * @throws BlindspotError `bad-option` for an attack without a model or images, or a key that there is not
 */
export function searchPathStep(spec: SearchPathSpec, needs: readonly string[] = []): Step<SearchPathSpec> {
  requireKnown<SearchPathSpec>('searchPathStep', spec, { attack: true })
  requireAttack('searchPathStep: attack', spec.attack)
  return { kind: 'searchPath', name: `search path ${modelName(spec.attack.model)}`, spec, needs }
}
