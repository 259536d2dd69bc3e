import type { Coherence } from '../../operators/records/coherence.js'

/** A direction of a run. */
export type RankedDirection = Pick<Coherence, 'run' | 'basis' | 'centered' | 'direction'>

/** An image at the top of a direction. */
export interface RankRow extends RankedDirection {
  readonly rank: number
  readonly dataset: string
  readonly split: string
  readonly index: number
  readonly label: number
  readonly value: number | null
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

/** The first images of some directions, whose names come from the data set itself. */
export const shownRanks = (
  directions: readonly RankedDirection[],
  images: number,
) => `SELECT run, basis, centered, direction, rank, dataset, split, "index", label, value
FROM ranks
WHERE rank <= ${images} AND (run, basis, centered, direction) IN (${directions
  .map(
    ({ run, basis, centered, direction }) => `(${quoted(run)}, ${quoted(basis)}, ${centered}, ${direction})`,
  )
  .join(', ')})
ORDER BY rank`
