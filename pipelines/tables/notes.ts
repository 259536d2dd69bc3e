import { PUBLISHED_TABLE_3 } from './published.js'
import type { Measured } from './measured.js'
import { count } from './words.js'

/** What images a table of the paper's is of, where `paper` made it, and that `--quick` is another experiment. */
export function sampleNotes(
  { models, restriction, quick, seed }: Measured,
  images: string,
): readonly string[] {
  const trained = Math.max(0, ...[...models.values()].map((model) => model.images))
  const first = restriction.first === undefined ? 'first' : `first ${count(restriction.first)}`
  return [
    ...(quick === true
      ? [
          `--quick: trained on at most ${count(trained)} images for a few epochs; not comparable with the paper.`,
        ]
      : []),
    ...(seed === undefined
      ? []
      : [`N: the ${first} ${images}, in the order of seed ${seed}, that the network gets right.`]),
  ]
}

/** What the names of Table 3's networks are in the paper. */
export const halvesNote = `Names end in the half that a network was trained on: ${PUBLISHED_TABLE_3.map(
  ({ name, label }) => `${name} is the paper’s ${label}`,
).join(', ')}.`
