import { permutation, randomFor } from '../random.js'
import type { Coherence } from '../records/coherence.js'

/** What a choice goes by. */
type Row = Pick<Coherence, 'model' | 'layer' | 'basis' | 'direction' | 'end' | 'k' | 'purity' | 'entropy'>

/** Images of a row in the figures, and the k by which rows are called coherent. */
export const SHOWN_IMAGES = 8
/** Rows of each kind that a figure shows. */
export const SHOWN_ROWS = 10

/** Directions that a figure shows. */
export interface ShownDirections {
  /** The most coherent directions, by purity, then entropy, then the purity of the largest k. */
  readonly coherent: readonly number[]
  /** Directions as they come out of a draw, whatever they look like. */
  readonly random: readonly number[]
}

/** The rows that say what is shown: by superclass where there are such, since few images of a thousand classes are of one. */
export function shownGrouping<R extends Pick<Coherence, 'grouping'>>(rows: readonly R[]): readonly R[] {
  const bySuperclass = rows.filter(({ grouping }) => grouping === 'superclass')
  return bySuperclass.length > 0 ? bySuperclass : rows
}

/** Chooses among the directions of one basis: a function of the rows and the names in them alone. */
export function shownDirections(rows: readonly Row[]): ShownDirections {
  const sizes = rows.map(({ k }) => k).filter((k) => k <= SHOWN_IMAGES)
  const k = sizes.reduce((most, size) => Math.max(most, size), 0)
  const own = rows.filter((row) => row.end === 'top' && row.k === k).sort((a, b) => a.direction - b.direction)
  if (own.length === 0) return { coherent: [], random: [] }
  const [{ model, layer, basis }] = own
  // many are all of one label: then those of which more images are
  const most = rows.reduce((largest, row) => Math.max(largest, row.k), 0)
  const further = new Map(
    rows.filter((row) => row.end === 'top' && row.k === most).map((row) => [row.direction, row.purity]),
  )
  const furtherOf = (direction: number) => further.get(direction) ?? 0
  const drawn = permutation(own.length, randomFor(1, 'shown directions', model, layer, basis))
  return {
    coherent: [...own]
      .sort(
        (a, b) =>
          b.purity - a.purity ||
          a.entropy - b.entropy ||
          furtherOf(b.direction) - furtherOf(a.direction) ||
          a.direction - b.direction,
      )
      .slice(0, SHOWN_ROWS)
      .map(({ direction }) => direction),
    random: Array.from(drawn.subarray(0, SHOWN_ROWS), (i) => own[i].direction),
  }
}

/** The bases that stand side by side: units, and random directions where there are some, else others. */
export function shownBases(bases: readonly string[]): readonly string[] {
  const order = ['unit', 'rotation', 'gaussian', ...bases.filter((basis) => basis !== 'uniform')]
  return [...new Set(order)].filter((basis) => bases.includes(basis)).slice(0, 2)
}

/** A direction's kind as a heading says it. */
export const wordOf = (basis: string) => (basis === 'unit' ? 'unit' : `${basis} direction`)

/**
 * What stands above a row of images, such as `unit 17, 7 of 8 are 6`.
 *
 * @param nameOf the label of the most, or superclass, in words. Default: its number
 */
export function rowHeading(
  basis: string,
  direction: number,
  row: Pick<Coherence, 'k' | 'purity' | 'label' | 'grouping'> | undefined,
  nameOf: (row: Pick<Coherence, 'label' | 'grouping'>) => string = ({ label }) => String(label),
): string {
  const pure = row ? `, ${Math.round(row.purity * row.k)} of ${row.k} are ${nameOf(row)}` : ''
  return `${basis === 'uniform' ? 'drawn at random' : `${wordOf(basis)} ${direction}`}${pure}`
}
