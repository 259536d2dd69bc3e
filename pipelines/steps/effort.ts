import * as v from 'valibot'
import { requireMeant } from '../../operators/options/meanings.js'
import { keyed } from '../../operators/records/expected.js'
import { backendNames } from '../../operators/tensor/backendName.js'
import { COMPRESSIONS } from '../../sinks/compressions.js'
import { wholeFrom0, wholeFrom1 } from './numbers.js'
import type { Effort } from './stepKind.js'
import { valid } from './valid.js'

/** Checked by their names, by `requireMeant`. */
const meant = v.optional(v.unknown())

const effortSchema = keyed({
  ...{ limit: v.optional(wholeFrom1), examples: v.optional(wholeFrom1) },
  ...{ workers: v.optional(wholeFrom0), batchSize: v.optional(wholeFrom1) },
  backend: v.optional(v.picklist(backendNames)),
  ...{ signal: meant, onProgress: meant, onBackend: meant },
  notes: v.optional(v.record(v.string(), v.unknown())),
  writing: v.optional(
    keyed({ compression: v.optional(v.picklist(COMPRESSIONS)), rowGroupSize: v.optional(wholeFrom1) }),
  ),
} satisfies Record<keyof Effort, v.GenericSchema>)

/**
 * Checks an effort; what only an operator can know, such as how many workers are too many, it checks itself.
 *
 * @throws BlindspotError `bad-option`
 */
export function checkEffort(place: string, effort: Effort): void {
  valid(effortSchema, effort, place)
  requireMeant(place, effort)
}
