import { usualOptions } from '../../operators/engine/attackOptions.js'
import { METHODS } from '../../operators/records/codes.js'

const listOf = (texts: readonly string[]) => `[${texts.map((text) => `'${text}'`).join(', ')}]`

const USUAL = METHODS.flatMap((method) =>
  ['random', ''].map(
    (goal) =>
      `WHEN method = '${method}' AND ${goal === '' ? 'true' : `goal = '${goal}'`} THEN ${listOf(usualOptions(method, goal))}`,
  ),
).join(' ')

/**
 * SQL for what tells attacks from each other, as a macro that every question and query has, by the same rule as the names in
 * tables: `attack_options(method, goal, options, all_options)`, those options that are not as usual of one of them, which all have
 * then, as `seed=1`. `all_options` is the list of the options of all.
 */
export const ATTACK_OPTIONS: readonly string[] = [
  `CREATE MACRO option_names(options) AS [split_part(term, '=', 1) FOR term IN string_split(options, ' ')]`,
  `CREATE MACRO usual_options(method, goal) AS CASE ${USUAL} ELSE [] END`,
  `CREATE MACRO attack_options(method, goal, options, all_options) AS array_to_string(list_concat(
  [coalesce([own FOR own IN string_split(options, ' ') IF split_part(own, '=', 1) = split_part(term, '=', 1)][1], term)
    FOR term IN usual_options(method, goal)
    IF list_contains(option_names(array_to_string(all_options, ' ')), split_part(term, '=', 1))],
  [own FOR own IN string_split(options, ' ')
    IF own <> '' AND NOT list_contains(option_names(array_to_string(usual_options(method, goal), ' ')), split_part(own, '=', 1))]
), ' ')`,
]

/** The options of the attacks of an answer, of those in all of its rows. */
export const OPTIONS = 'attack_options(method, goal, options, list(DISTINCT options) OVER ()) AS options'
