import { BlindspotError } from '../errors.js'
import { layerColumns } from './activation.js'
import { batchTable } from './batchTable.js'
import { flag, integer, number, text } from './column.js'
import { FIELD_IDS } from './fieldIds.js'
import type { Note } from './note.js'
import { sample } from './sample.js'
import type { RecordOf } from './schema.js'

/** How many images of a stream have each label, in the order of the labels. */
export type LabelCounts = readonly (readonly [label: number, images: number])[]

/** Note of the label counts; a file that others rewrote may lack it. */
const labels: Note<LabelCounts> = {
  sentence: 'How many of the images that were ranked have each label, as `[[0,980],[1,1135]]`.',
  none: [],
  write: (value) => JSON.stringify(value),
  read(text = '[]') {
    const refuse = () =>
      new BlindspotError(
        'bad-data',
        `its metadata labels: expected a list of [label, images], got ${text.slice(0, 60)}`,
      )
    let found: unknown
    try {
      found = JSON.parse(text)
    } catch {
      throw refuse()
    }
    const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
    const isPair = (pair: unknown) => Array.isArray(pair) && pair.length === 2 && pair.every(isCount)
    if (!Array.isArray(found) || !found.every(isPair)) throw refuse()
    return found as LabelCounts
  },
}

/** Which basis a row is of, in which layer. */
export const basisColumns = {
  run: text('Step that ranked.', { constant: true }),
  ...layerColumns,
  basis: text(
    "`unit`, `gaussian`, `rotation`, `principal` or a matrix's name; of the controls `uniform` (images drawn at random), `pixels` (Gaussian directions of the images themselves), `untrained unit` and `untrained gaussian` (of the same layer with its initial weights).",
    { constant: true },
  ),
  centered: flag('Whether the mean of the activations was subtracted.', { constant: true }),
}

/** What was ranked, and along which direction of the basis. */
export const images = integer('Images that were ranked.', { constant: true })
export const direction = integer('Position in the basis; of `unit` the unit.', { least: 0 })

export const ranks = batchTable({
  ids: FIELD_IDS.ranks,
  row: 'direction and image at either end of it, ranks ascending along each direction',
  columns: {
    ...basisColumns,
    images,
    direction,
    rank: integer('Place of the image along the direction: 1 has the largest value.', {
      least: 1,
      most: 'images',
    }),
    dataset: text(sample.dataset.sentence),
    split: text(sample.split.sentence),
    index: sample.index,
    label: sample.label,
    value: number('⟨φ(x), v⟩, where `centered` ⟨φ(x) − μ, v⟩.', {
      null: 'of `uniform`, and where it is no number',
    }),
    mean: number('⟨μ, v⟩, μ the mean of φ over the images.', {
      null: 'of `uniform`, and where it is no number',
    }),
    pre: number(
      'Of single units the value before a strictly increasing activation function, by which they are ordered; `value` after it is the same for images that saturate.',
      { null: 'of other directions and functions, which are ordered by `value`', optional: true },
    ),
    tied: flag(
      'Whether the next image, away from the end, has the same `pre`, or without it `value`: their index alone says which comes first.',
    ),
  },
  key: [
    ...(['run', 'model', 'layer', 'side', 'pool', 'images', 'basis', 'centered'] as const),
    ...(['direction', 'rank'] as const),
  ],
  notes: { labels },
})

/**
 * The images at both ends of some directions, one row per (direction, image), directions together, ranks ascending.
 * Where more than a number is the same for all rows it is a constant.
 */
export interface RankBatch extends RecordOf<typeof ranks> {}
