import { flag, integer, name, number } from './column.js'
import { FIELD_IDS } from './fieldIds.js'
import { basisColumns, direction, images } from './rank.js'
import { rowTable } from './rowTable.js'
import type { RowIn } from './schema.js'

/** Which end of a direction; `better`: of either measure the better of both. */
export const ENDS = ['top', 'bottom', 'better'] as const
/** One of ENDS. */
export type End = (typeof ENDS)[number]

/** What the images are counted by: their labels, or the WordNet superclasses of these. */
export const GROUPINGS = ['class', 'superclass'] as const
/** One of GROUPINGS. */
export type Grouping = (typeof GROUPINGS)[number]

/** Range of a probability under labels that are drawn at random. */
const PROBABILITY = { least: 0, most: 1 } as const

export const coherence = rowTable({
  ids: FIELD_IDS.coherence,
  row: 'grouping, direction, end and k: how much alike the k images there are, by their labels or the superclasses of these',
  columns: {
    ...basisColumns,
    grouping: name(
      GROUPINGS,
      "What is counted, in this and the columns below: `class` the images' labels, `superclass` the WordNet superclasses that these are of.",
      { later: true },
    ),
    direction,
    end: name(ENDS, 'Which end of the direction; of `better` either measure is the better of both.'),
    k: integer('Images that are looked at.', { least: 1, most: 'images' }),
    images,
    tied: flag(
      'Whether the k-th image and the next have the same value, so that their index alone decided which is among the k: in a data set that is sorted by label that makes purity out of nothing.',
    ),
    label: integer('The label that most of the k have, of `superclass` its number; of several the least.', {
      least: 0,
    }),
    purity: number('Share of the k that have it, from 1/k.', PROBABILITY),
    entropy: number("−Σ p log₂ p over the k's labels: 0 where all are the same.", { unit: 'bits', least: 0 }),
    purityP: number(
      'Probability that in a permutation of the labels the k are at least as pure: the p-value.',
      PROBABILITY,
    ),
    entropyP: number('The same of an entropy at most as high.', PROBABILITY),
    leastP: number(
      'Of k images of one label, below which neither probability can be: of few images or labels it may be above 5 %.',
      { ...PROBABILITY, optional: true },
    ),
  },
  key: [
    ...(['run', 'model', 'layer', 'side', 'pool', 'images', 'basis', 'centered'] as const),
    ...(['grouping', 'direction', 'end', 'k'] as const),
  ],
})

/** How much alike the k images at one end of a direction are, by their labels; one row per direction, end and k. */
export interface Coherence extends RowIn<typeof coherence> {}
