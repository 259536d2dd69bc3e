import * as v from 'valibot'
import { keyed } from '../../operators/records/expected.js'
import { attackSchema, type AttackSpec } from './attackSpec.js'

/** The path of one search. */
export interface SearchPathSpec {
  /** The attack whose first search it is: that of the first image which the model gets right. */
  readonly attack: AttackSpec
}

export const searchPathSchema: v.GenericSchema<unknown, SearchPathSpec> = keyed({ attack: attackSchema })
