import { USUAL_SEED } from '../../operators/engine/attackOptions.js'

/**
 * SQL for the order of attacks by their options: those that differ in their seed alone together, the lowest seed first.
 *
 * @param options in a query whose rows are groups an aggregate; null is as usual
 */
export const optionsOrder = (options = 'options'): string =>
  `coalesce(regexp_replace(${options}, '(^| )seed=\\d+', ''), ''), coalesce(try_cast(regexp_extract(${options}, '(^| )seed=(\\d+)', 2) AS HUGEINT), ${USUAL_SEED})`
