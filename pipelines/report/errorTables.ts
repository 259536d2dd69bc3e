import type { ReportRow, ReportTable } from '../../sinks/report/content.js'
import {
  PUBLISHED_SAMPLE,
  PUBLISHED_TABLE_1,
  PUBLISHED_TABLE_2,
  PUBLISHED_TABLE_3,
  PUBLISHED_TABLE_4,
} from '../published.js'
import { plainCell, rateCell } from './cells.js'
import { inOrder, isHalf, type Measured } from './measured.js'
import { ATTACKS, ERRORS } from './queries.js'
import { cellsOf, paperOf, shownTo, type Shown } from './shown.js'
import { transfer } from './transfer.js'
import { count } from './words.js'

/** Table 2: across networks trained on the same images. */
export function reportTable2(measured: Measured): ReportTable {
  const shown = shownTo(measured, (model) => !isHalf(model))
  const wanted = PUBLISHED_TABLE_1.map(({ architecture }) => architecture)
  return {
    id: 'table2',
    title: 'Table 2: examples made for one network, fed to the others',
    claim: 'An example made for one network fools others too, more often than noise of its size.',
    missing: absent(wanted, [...PUBLISHED_TABLE_2.keys()], shown),
    ...errorTable(shown, PUBLISHED_TABLE_2),
    verdict: transfer(shown, PUBLISHED_TABLE_2),
  }
}

/** Table 4: across disjoint training sets. */
export function reportTable4(measured: Measured): ReportTable {
  const shown = shownTo(measured, isHalf)
  const wanted = PUBLISHED_TABLE_3.map(({ name }) => name)
  const half = new Map(PUBLISHED_TABLE_3.map((model) => [model.name, model.half]))
  return {
    id: 'table4',
    title: 'Table 4: examples fed to networks trained on other images',
    claim:
      'Examples made for one network fool another that shares no training image with it, the more so amplified.',
    missing: absent(wanted, [...PUBLISHED_TABLE_4.keys()], shown),
    ...errorTable(shown, PUBLISHED_TABLE_4, [
      'RMS 0.1: every perturbation rescaled to that size; those larger before are smaller then and may no longer fool. L2: the formula as the paper writes it, without √n.',
    ]),
    verdict: transfer(shown, PUBLISHED_TABLE_4, {
      name: 'networks trained on disjoint halves',
      has: (source, victim) => half.get(source) !== half.get(victim),
    }),
  }
}

function errorTable(
  shown: readonly Shown[],
  published: ReadonlyMap<string, readonly number[]>,
  more: readonly string[] = [],
): Pick<ReportTable, 'columns' | 'rows' | 'notes' | 'queries'> {
  const victims = inOrder(shown.flatMap(({ victims: cells }) => [...cells.keys()]))
  const comparisons = cellsOf(published)
  const rows = shown.map(({ key, distortion, victims: cells }): ReportRow => ({
    name: key.replace('gaussian', 'Gaussian noise, stddev'),
    cells: [
      ...victims.map((victim) => {
        const cell = cells.get(victim)
        const paper = paperOf(published, key, victim)
        if (!cell) return undefined
        const beside = paper === undefined ? undefined : { percent: paper, n: PUBLISHED_SAMPLE }
        // N has a column of its own
        return { ...rateCell(cell.errors, cell.n, beside, { comparisons }), n: undefined }
      }),
      Number.isNaN(distortion) ? undefined : plainCell(distortion.toFixed(3)),
      plainCell(sizes([...cells.values()].map(({ n }) => n))),
    ],
  }))
  return {
    columns: [...victims, 'distortion', 'N'],
    rows,
    notes: [
      'Error in % of the network in the column on what was made for the row. The stronger the colour, the more errors.',
      ...more,
      `Rates have Wilson 95 % intervals. ≠: the paper’s value differs by more than the error of both samples (Newcombe intervals, Bonferroni over ${comparisons} cells, the paper’s N ${PUBLISHED_SAMPLE}).`,
    ],
    queries: [ERRORS, ATTACKS],
  }
}

const sizes = (all: readonly number[]) => {
  const [least, most] = [Math.min(...all), Math.max(...all)]
  return least === most ? count(most) : `${count(least)} to ${count(most)}`
}

function absent(
  victims: readonly string[],
  keys: readonly string[],
  shown: readonly Shown[],
): readonly string[] {
  if (shown.length === 0) return ['no scores']
  const rows = keys.filter((key) => !shown.some((row) => row.key === key))
  const columns = victims.filter((victim) => !shown.some((row) => row.victims.has(victim)))
  return [
    ...(rows.length > 0 ? [`not shown to any network: ${rows.join('; ')}`] : []),
    ...(columns.length > 0 ? [`not asked: ${columns.join(', ')}`] : []),
  ]
}
