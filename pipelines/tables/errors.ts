import type { Measure, More, Table } from '../../sinks/table/table.js'
import {
  FIGURE_NOISE,
  PUBLISHED_SAMPLE,
  PUBLISHED_TABLE_1,
  PUBLISHED_TABLE_2,
  PUBLISHED_TABLE_3,
  PUBLISHED_TABLE_4,
  publishedImages,
} from './published.js'
import { numberCell, rateCell } from './cells.js'
import { inOrder, isHalf, isPublished, type Measured, type ScoreRow } from './measured.js'
import { halvesNote, sampleNotes } from './notes.js'
import { errorsOf, rightErrorsOf } from './scoreColumns.js'
import { cellsOf, paperOf, shownTo, type PublishedTable, type Shown } from './shown.js'
import { transfer } from './transfer.js'

const TABLE_2: PublishedTable = {
  rows: PUBLISHED_TABLE_2,
  victims: PUBLISHED_TABLE_1.map(({ name }) => name),
  images: publishedImages('train'),
  distortions: new Map(PUBLISHED_TABLE_1.map(({ name, distortion }) => [name, distortion])),
}
const TABLE_4: PublishedTable = {
  rows: PUBLISHED_TABLE_4,
  victims: PUBLISHED_TABLE_3.map(({ name }) => name),
  images: publishedImages('test'),
  distortions: new Map(PUBLISHED_TABLE_3.map(({ name, distortion }) => [name, distortion])),
}

/** Distortions below this need more digits: those of photographs. */
const SMALL = 0.01

/** Table 2: across networks trained on the same images. */
export function table2(measured: Measured): Table {
  const shown = shownTo(measured, (model) => !isHalf(model), TABLE_2.images).filter((row) => !isOfFigure(row))
  return {
    id: 'table2',
    title: 'Table 2: error in % on examples made for one network, fed to the others',
    claim: 'An example made for one network fools others too, more often than noise of its size.',
    missing: absent(TABLE_2, shown),
    ...errorTable(measured, shown, TABLE_2, sampleNotes(measured, 'training images')),
    verdict: transfer(shown, TABLE_2),
  }
}

/** The same of networks of somebody's own. */
export function transferTable(measured: Measured): Table {
  const shown = shownTo(measured, () => true, '')
  return {
    id: 'transfer',
    title: 'Transfer: error in % on examples made for one network, fed to the others',
    claim: 'An example made for one network fools others too, more often than noise of its size.',
    missing: [],
    ...errorTable(measured, shown, TABLE_2, []),
    verdict: transfer(shown, TABLE_2),
  }
}

/** The noise of the paper's figure, which is none of its table's. */
const isOfFigure = ({ kind, distortion, victims }: Shown) =>
  kind === 'gaussian' && distortion === FIGURE_NOISE && [...victims.keys()].some(isPublished)

/** Table 4: across disjoint training sets. */
export function table4(measured: Measured): Table {
  const shown = shownTo(measured, isHalf, TABLE_4.images)
  const half = new Map(PUBLISHED_TABLE_3.map((model) => [model.name, model.half]))
  return {
    id: 'table4',
    title: 'Table 4: error in % on examples fed to networks trained on other images',
    claim:
      'Examples made for one network fool another that shares no training image with it; amplified, more of them do.',
    missing: absent(TABLE_4, shown),
    ...errorTable(measured, shown, TABLE_4, [
      ...sampleNotes(measured, 'test images'),
      halvesNote,
      'RMS 0.1: every perturbation rescaled to that size; those larger before are smaller then and may no longer fool. L2: the formula as the paper writes it, without √n.',
    ]),
    verdict: transfer(shown, TABLE_4, {
      name: 'networks trained on disjoint halves',
      has: (source, victim) => half.get(source) !== half.get(victim),
    }),
  }
}

function errorTable(
  { queries, seed }: Measured,
  shown: readonly Shown[],
  published: PublishedTable,
  notes: readonly string[],
): Pick<Table, 'of' | 'columns' | 'rows' | 'notes' | 'queries'> {
  const victims = inOrder(shown.flatMap(({ victims: cells }) => [...cells.keys()]))
  const comparisons = cellsOf(published)
  const compared = shown.some((row) =>
    victims.some((victim) => row.victims.has(victim) && paperOf(published, row, victim) !== undefined),
  )
  return {
    of: 'made for \\ fed to',
    columns: [
      ...victims.map((victim) => ({
        ...{ key: 'error', title: victim, line: { fed_to: victim } },
        names: { n: 'n', count: 'errors' },
      })),
      { key: 'distortion', title: 'distortion' },
    ],
    rows: shown.map((row) => ({
      name: row.name,
      keys: { made_for: row.name },
      n: Math.max(...[...row.victims.values()].map(({ images }) => images)),
      cells: [
        ...victims.map((victim): Measure | undefined => {
          const cell = row.victims.get(victim)
          const paper = paperOf(published, row, victim)
          if (!cell) return undefined
          const beside = paper === undefined ? undefined : { percent: paper, n: PUBLISHED_SAMPLE }
          const error = rateCell(errorsOf(cell), beside, { comparisons })
          return { ...error, heat: error.value, more: [whereRight(cell, error)] }
        }),
        numberCell(row.distortion, 'rms', row.distortion < SMALL ? 5 : 3),
      ],
    })),
    notes: [
      'Error in % of the network in the column on what was made for the row: its successful examples; gaussian σ: the same images under Gaussian noise of standard deviation σ, unclipped where the row does not say clipped. “clean”: over the images that this network gets right when clean, on which the verdict goes.',
      ...notes,
      ...(seed === undefined ? [] : ['Of noise N is of the first images in that order, right or wrong.']),
      [
        'Rates have Wilson 95 % intervals.',
        ...(compared
          ? [
              `≠: the paper’s value differs by more than the error of both samples and its rounding explain (Newcombe intervals, Bonferroni over ${comparisons} cells, the paper’s N ${PUBLISHED_SAMPLE}).`,
            ]
          : []),
        'N is of images: several rows of one count as one in the intervals.',
        ...(compared
          ? ['Of several runs of the same the row has the one that Table 1 or 3 has, otherwise the largest.']
          : shown.some(({ several }) => several)
            ? ['Of several runs of the same the row has the one of the most images.']
            : []),
      ].join(' '),
    ],
    queries: [queries.scores, queries.attacks],
  }
}

/** The error over the images that are right when clean; where it is another than that over all, it is not to be missed. */
function whereRight(cell: ScoreRow, { value }: Measure): More {
  const right = rateCell(rightErrorsOf(cell))
  return {
    key: 'clean_error',
    names: { n: 'clean_n', count: 'clean_errors' },
    after: 'clean',
    shown: right.value !== value,
    ...right,
  }
}

function absent(published: PublishedTable, shown: readonly Shown[]): readonly string[] {
  if (shown.length === 0) return ['no scores']
  // somebody's own networks: nothing is missing
  if (!shown.some(({ victims }) => published.victims.some((victim) => victims.has(victim)))) return []
  const rows = [...published.rows.keys()].filter((key) => !shown.some((row) => row.key === key))
  const columns = published.victims.filter((victim) => !shown.some((row) => row.victims.has(victim)))
  return [
    ...(rows.length > 0 ? [`not shown to any network: ${rows.join('; ')}`] : []),
    ...(columns.length > 0 ? [`not asked: ${columns.join(', ')}`] : []),
  ]
}
