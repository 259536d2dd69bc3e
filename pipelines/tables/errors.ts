import type { ReportRow, ReportTable } from '../../sinks/report/content.js'
import {
  PUBLISHED_SAMPLE,
  PUBLISHED_TABLE_1,
  PUBLISHED_TABLE_2,
  PUBLISHED_TABLE_3,
  PUBLISHED_TABLE_4,
} from './published.js'
import { plainCell, rateCell } from './cells.js'
import { rate } from './statistics.js'
import { errorsOf, inOrder, isHalf, rightErrorsOf, type Measured } from './measured.js'
import { ATTACKS, ERRORS, type ScoreRow } from './queries.js'
import { cellsOf, paperOf, shownTo, type PublishedTable, type Shown } from './shown.js'
import { transfer } from './transfer.js'
import { count, extent } from './words.js'

const TABLE_2: PublishedTable = {
  rows: PUBLISHED_TABLE_2,
  victims: PUBLISHED_TABLE_1.map(({ name }) => name),
  images: 'mnist train',
  distortions: new Map(PUBLISHED_TABLE_1.map(({ name, distortion }) => [name, distortion])),
}
const TABLE_4: PublishedTable = {
  rows: PUBLISHED_TABLE_4,
  victims: PUBLISHED_TABLE_3.map(({ name }) => name),
  images: 'mnist test',
  distortions: new Map(PUBLISHED_TABLE_3.map(({ name, distortion }) => [name, distortion])),
}

/** Table 2: across networks trained on the same images. */
export function reportTable2(measured: Measured): ReportTable {
  const shown = shownTo(measured, (model) => !isHalf(model))
  return {
    id: 'table2',
    title: 'Table 2: examples made for one network, fed to the others',
    claim: 'An example made for one network fools others too, more often than noise of its size.',
    missing: absent(TABLE_2, shown),
    ...errorTable(shown, TABLE_2),
    verdict: transfer(shown, TABLE_2),
  }
}

/** Table 4: across disjoint training sets. */
export function reportTable4(measured: Measured): ReportTable {
  const shown = shownTo(measured, isHalf)
  const half = new Map(PUBLISHED_TABLE_3.map((model) => [model.name, model.half]))
  return {
    id: 'table4',
    title: 'Table 4: examples fed to networks trained on other images',
    claim:
      'Examples made for one network fool another that shares no training image with it; amplified, more of them do.',
    missing: absent(TABLE_4, shown),
    ...errorTable(shown, TABLE_4, [
      'RMS 0.1: every perturbation rescaled to that size; those larger before are smaller then and may no longer fool. L2: the formula as the paper writes it, without √n.',
    ]),
    verdict: transfer(shown, TABLE_4, {
      name: 'networks trained on disjoint halves',
      has: (source, victim) => half.get(source) !== half.get(victim),
    }),
  }
}

function errorTable(
  shown: readonly Shown[],
  published: PublishedTable,
  more: readonly string[] = [],
): Pick<ReportTable, 'columns' | 'rows' | 'notes' | 'queries'> {
  const victims = inOrder(shown.flatMap(({ victims: cells }) => [...cells.keys()]))
  const comparisons = cellsOf(published)
  const rows = shown.map((row): ReportRow => ({
    name: row.key.replace('gaussian', 'Gaussian noise, stddev'),
    cells: [
      ...victims.map((victim) => {
        const cell = row.victims.get(victim)
        const paper = paperOf(published, row, victim)
        if (!cell) return undefined
        const beside = paper === undefined ? undefined : { percent: paper, n: PUBLISHED_SAMPLE }
        // N has a column of its own
        return {
          ...rateCell(errorsOf(cell), beside, { comparisons }),
          n: undefined,
          more: whereRight(cell),
        }
      }),
      Number.isNaN(row.distortion) ? undefined : plainCell(row.distortion.toFixed(3)),
      plainCell(sizes([...row.victims.values()].map(({ images }) => images))),
    ],
  }))
  return {
    columns: [...victims, 'distortion', 'N'],
    rows,
    notes: [
      'Error in % of the network in the column on what was made for the row. The stronger the colour, the more errors. “clean right”: over the images that this network gets right when clean, on which the verdict goes.',
      ...more,
      `Rates have Wilson 95 % intervals. ≠: the paper’s value differs by more than the error of both samples and its rounding explain (Newcombe intervals, Bonferroni over ${comparisons} cells, the paper’s N ${PUBLISHED_SAMPLE}). N is of images: several rows of one count as one in the intervals. Of several runs of the same the row has the one that Table 1 or 3 has, otherwise the largest.`,
    ],
    queries: [ERRORS, ATTACKS],
  }
}

const sizes = (all: readonly number[]) => {
  const [least, most] = extent(all)
  return least === most ? count(most) : `${count(least)} to ${count(most)}`
}

function whereRight(cell: ScoreRow): string | undefined {
  const { n, value } = rate(rightErrorsOf(cell))
  return n === 0 ? undefined : `clean right ${(100 * value).toFixed(1)}`
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
