import type { End } from '../../operators/records/coherence.js'
import { groups } from '../../operators/records/groups.js'
import { isByClass, layerKey, rankingKey, type BasisCoherence, type RankedLayer } from './comparedBases.js'
import { extent } from './words.js'

/** Purities that differ by less are one. */
const SAME = 1e-9

/**
 * Which rows of a ranking are judged, at an end: by superclass where that tells anything, else those of the labels themselves.
 * The first images of a thousand classes are rarely of one.
 */
export function judgedGrouping(rows: readonly BasisCoherence[], at: End) {
  const telling = tellingOf(rows, at)
  const bySuperclass = new Set(
    rows.filter((row) => !isByClass(row) && telling.has(keyOf(row))).map(rankingKey),
  )
  return {
    isJudged: (row: RankedLayer) => isByClass(row) !== bySuperclass.has(rankingKey(row)),
    /** Whether the purity of some number of first images tells anything of a row's layer. */
    isTelling: (row: RankedLayer) => telling.has(keyOf(row)),
  }
}

const keyOf = (row: RankedLayer) => layerKey(row).join()

/** The layers, each by class and by superclass, in which some direction could be beyond chance and not all are as pure. */
function tellingOf(rows: readonly BasisCoherence[], at: End): ReadonlySet<string> {
  const possible = rows.filter(
    ({ end, purity, canBeBeyond = true }) => end === at && purity.n > 0 && canBeBeyond,
  )
  const differing = groups(possible, (row) => [...layerKey(row), row.k]).filter((own) => {
    const ends = own.flatMap(({ purity: { value, low, high } }) => [value, low, high])
    const [least, most] = extent(ends.filter((each) => !Number.isNaN(each)))
    return most - least > SAME
  })
  return new Set(differing.map(([row]) => keyOf(row)))
}
