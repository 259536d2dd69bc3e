import type { ReportRow, ReportTable, Verdict } from '../../sinks/report/content.js'
import {
  PUBLISHED_SAMPLE,
  PUBLISHED_TABLE_1,
  PUBLISHED_TABLE_2,
  PUBLISHED_TABLE_3,
  PUBLISHED_TABLE_4,
} from '../published.js'
import { difference } from '../statistics.js'
import { plainCell, rateCell } from './cells.js'
import { inOrder, isHalf, type Measured } from './measured.js'
import { count, say } from './modelTables.js'
import { ATTACKS, ERRORS, type ScoreRow } from './queries.js'

/** What was shown, and how each victim took it. */
interface Shown {
  /** As in the paper's table. */
  readonly key: string
  readonly source: string
  readonly kind: string
  /** RMS; of noise the standard deviation. */
  readonly distortion: number
  readonly victims: ReadonlyMap<string, ScoreRow>
}

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

/** The rows of the scores of some victims: of examples, then amplified ones, then noise. */
function shownTo({ scores, attacks }: Measured, isVictim: (model: string) => boolean): readonly Shown[] {
  const rows = scores.filter(({ model }) => isVictim(model))
  const groups = new Map<string, ScoreRow[]>()
  for (const row of rows) {
    const { source_model, kind, goal, stddev, dataset, split } = row
    const key = JSON.stringify([source_model, kind, goal, stddev, dataset, split])
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  const splits = new Set(rows.map(({ dataset, split }) => `${dataset} ${split}`))
  const shown = [...groups.values()].map((cells): Shown => {
    const { source_model: source, kind, goal, stddev, dataset, split } = cells[0]
    const attack = attacks.find(
      (row) =>
        row.source_model === source && row.goal === goal && row.dataset === dataset && row.split === split,
    )
    const name = [
      kind === 'gaussian' ? `gaussian ${stddev ?? '?'}` : source,
      ...(kind === 'amplified' && stddev !== null ? [sizeOf(stddev)] : []),
      ...(goal === 'random' || goal === '' ? [] : [goal]),
      ...(splits.size > 1 ? [`${dataset} ${split}`] : []),
    ]
    return {
      key: name.join(', '),
      source,
      kind,
      distortion: stddev ?? attack?.distortion.value ?? NaN,
      victims: new Map(cells.map((cell) => [cell.model, cell])),
    }
  })
  const order = inOrder(shown.map(({ source }) => source))
  const kinds = ['adversarial', 'amplified', 'gaussian']
  return shown.sort(
    (a, b) =>
      kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
      (a.kind === 'amplified' ? b.distortion - a.distortion : 0) ||
      order.indexOf(a.source) - order.indexOf(b.source) ||
      a.distortion - b.distortion,
  )
}

/** An RMS, or the L2 norm of 784 values that it comes from. */
function sizeOf(rms: number): string {
  const round = (value: number) => Number(value.toPrecision(3))
  const l2 = rms * 28
  return Math.abs(rms - round(rms)) > 1e-12 && Math.abs(l2 - round(l2)) < 1e-12
    ? `L2 ${round(l2)}`
    : `RMS ${round(rms)}`
}

function errorTable(
  shown: readonly Shown[],
  published: ReadonlyMap<string, readonly number[]>,
  more: readonly string[] = [],
): Pick<ReportTable, 'columns' | 'rows' | 'notes' | 'queries'> {
  const victims = inOrder(shown.flatMap(({ victims: cells }) => [...cells.keys()]))
  const comparisons = published.size * ([...published.values()].at(0)?.length ?? 0)
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

/** The paper's percentage; its columns are in the order of its models. */
function paperOf(
  published: ReadonlyMap<string, readonly number[]>,
  key: string,
  victim: string,
): number | undefined {
  const columns =
    published === PUBLISHED_TABLE_2
      ? PUBLISHED_TABLE_1.map((model) => model.architecture)
      : PUBLISHED_TABLE_3.map(({ name }) => name)
  const column = columns.indexOf(victim)
  return column < 0 ? undefined : published.get(key)?.[column]
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

/** Whether examples fool other networks more often than noise that is at least as large. */
function transfer(
  shown: readonly Shown[],
  published: ReadonlyMap<string, readonly number[]>,
  among?: { readonly name: string; readonly has: (source: string, victim: string) => boolean },
): Verdict | undefined {
  const noise = shown.filter(({ kind }) => kind === 'gaussian')
  const pairs = shown.flatMap(({ source, kind, distortion, victims }) => {
    if (kind === 'gaussian') return []
    const control = noise
      .filter((row) => row.distortion >= distortion - 1e-9)
      .reduce<Shown | undefined>(
        (least, row) => (least && least.distortion <= row.distortion ? least : row),
        undefined,
      )
    return [...victims].flatMap(([victim, cell]) => {
      const beside = control?.victims.get(victim)
      return victim === source || !beside ? [] : [{ source, victim, kind, distortion, cell, beside }]
    })
  })
  // the formula without √n makes perturbations far below any noise row: no control fits it
  const judged = pairs.filter(({ kind, distortion }) => kind !== 'amplified' || distortion > 0.01)
  if (judged.length === 0) return undefined
  const better = judged.filter(
    ({ cell, beside }) => difference(rate(cell), rate(beside), judged.length).low > 0,
  )
  const share = better.length / judged.length
  const state = share === 1 ? 'holds' : share > 0 ? 'partly' : 'no'
  const range = (of: 'cell' | 'beside') => {
    const rates = judged.map((pair) => (100 * pair[of].errors) / pair[of].n)
    return `${Math.min(...rates).toFixed(1)} to ${Math.max(...rates).toFixed(1)} %`
  }
  const apart = among && judged.filter(({ source, victim }) => among.has(source, victim))
  const apartBetter = among && better.filter(({ source, victim }) => among.has(source, victim))
  const cells = shown.flatMap(({ key, victims }) =>
    [...victims].flatMap(([victim, cell]) => {
      const paper = paperOf(published, key, victim)
      return paper === undefined
        ? []
        : [difference(rate(cell), { value: paper / 100, n: PUBLISHED_SAMPLE }, published.size * 3)]
    }),
  )
  const differing = cells.filter(({ low, high }) => low > 0 || high < 0).length
  return {
    state,
    sentence:
      `${say(state)}: in ${better.length} of ${judged.length} pairs the examples made for one network fool the other more often ` +
      `than Gaussian noise at least as large does (all of these at once with 95 % confidence); errors of ${range('cell')} ` +
      `against ${range('beside')} by noise.` +
      (apart && apartBetter ? ` Between ${among.name}: ${apartBetter.length} of ${apart.length}.` : '') +
      (cells.length > 0
        ? ` ${differing} of ${cells.length} cells differ from the paper’s by more than sampling explains.`
        : ''),
    rule: 'holds where that is so for every pair of different networks; Newcombe intervals of the difference, Bonferroni over the pairs',
  }
}

const rate = ({ errors, n }: ScoreRow) => ({ value: errors / n, n })
