import * as v from 'valibot'
import { keyed } from '../../operators/records/expected.js'
import { attackSchema, type AttackSpec } from './attackSpec.js'
import { modelName } from './models.js'
import type { Step } from './stepKind.js'

/** The path of one search. */
export interface SearchPathSpec {
  /** The attack whose first search it is: that of the first image which the model gets right. */
  readonly attack: AttackSpec
}

export const searchPathSchema: v.GenericSchema<unknown, SearchPathSpec> = keyed({ attack: attackSchema })

/** The step that writes the path of an attack's first search on c, a row for each c that was solved for, to the table `searches`. */
export function searchPathStep(spec: SearchPathSpec, needs: readonly string[] = []): Step<SearchPathSpec> {
  return { kind: 'searchPath', name: `search path ${modelName(spec.attack.model)}`, spec, needs }
}
