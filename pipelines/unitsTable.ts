import { layerKey, type BasisCoherence, type BasisDifference, type Measure } from './tables/compareBases.js'
import type { ResultTable } from './paperSteps.js'
import { nameOf } from './tables/judgedLayers.js'
import type { Estimate } from './tables/statistics.js'
import {
  basisName,
  beyondOf,
  END_NAMES,
  endsIn,
  judgedSuffix,
  pText,
  unitsLines,
  type UnitsRows,
} from './tables/unitsLines.js'

/** What the measures are called, and in what unit. */
const MEASURED: Readonly<Record<Measure, string>> = {
  purity: 'label purity, share of the most frequent label,',
  entropy: 'label entropy, bits,',
}
/** What the controls are. */
export const CONTROL_NOTES: Readonly<Record<string, string>> = {
  pixels: 'pixels: random directions of the images themselves',
  'untrained unit': 'untrained unit, untrained gaussian: of the same layer with its initial weights',
  uniform: 'uniform: images drawn at random, of the better end the better of two draws',
}

/** Nothing of a single value, which has none. */
export const interval = ({ low, high }: Estimate, digits = 2) =>
  Number.isNaN(low) ? '' : `[${low.toFixed(digits)}, ${high.toFixed(digits)}]`.replaceAll('-', '−')
const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`

/**
 * One measure of the coherence of the k images at the ends of directions: a row per layer, k and basis, controls among them;
 * a column per end, then units less the row's basis and the row's basis less the better of its controls. As data a row per
 * layer, basis, end and k.
 *
 * @param options.k rows of this k alone are printed. Default: all.
 * @param options.without bases that are not printed
 */
export function unitsTable(
  rows: UnitsRows,
  measure: Measure,
  { k: only, without = [] }: { readonly k?: number; readonly without?: readonly string[] } = {},
): ResultTable {
  const { coherence } = rows
  const ends = endsIn(coherence)
  const all = unitsLines(rows, measure)
    .filter(({ first }) => only === undefined || first.k === only)
    .map(({ first, lines }) => ({ first, lines: lines.filter(({ basis }) => !without.includes(basis)) }))
  const shown = new Set(all.flatMap(({ lines }) => lines.map(({ basis }) => basis)))
  const controls = all.some(({ lines }) => lines.some(({ represented }) => represented))
  const at = judgedSuffix(coherence)
  return {
    printed: {
      title: `Do units mean anything? ${MEASURED[measure]} of k images at the ends of each direction`,
      header: [
        ...['layer', 'k', 'directions', ...ends.map((end) => END_NAMES[end]), `unit − these${at}`],
        ...(controls ? [`due to the representation${at}`] : []),
      ],
      rows: all.flatMap(({ first, lines }) =>
        lines.map(({ basis, ends: own, lessThanUnits, represented }, i) => [
          ...(i === 0 ? [nameOf(first), String(first.k)] : ['', '']),
          basis,
          ...ends.map((end) => valueText(own[end], measure)),
          lessThanUnits ? differenceText(lessThanUnits) : '',
          ...(controls
            ? [represented ? `${differenceText(represented)}, less ${represented.control}` : '']
            : []),
        ]),
      ),
      notes: [
        'Mean over the directions, its 95 % bootstrap interval, and how many directions are beyond 95 % of the permutations of the labels. The better end: of each direction the purer of both ends (of the entropy the lower), beyond permutations of which the better end counts, too.',
        'Differences: with interval, p of a permutation test over directions (of this comparison alone; the verdict corrects for all), Cliff’s δ.',
        ...(controls
          ? [
              'Due to the representation: these less the better of their controls, the pixels and the same layer untrained.',
            ]
          : []),
        ...Object.entries(CONTROL_NOTES).flatMap(([name, note]) => (shown.has(name) ? [`${note}.`] : [])),
        ...tiedNotes(only === undefined ? coherence : coherence.filter(({ k }) => k === only)),
      ],
    },
    tidy: tidyRows(rows, measure),
  }
}

function valueText(row: BasisCoherence | undefined, measure: Measure): string {
  if (row === undefined) return ''
  if (row[measure].n === 0) return 'tied'
  const beyond = (100 * beyondOf(row, measure).value).toFixed(0)
  return `${row[measure].value.toFixed(3)} ${interval(row[measure])} ${beyond} %`
}

const differenceText = ({ difference, p, effect }: BasisDifference) =>
  `${signed(difference.value)} ${interval(difference, 3)}`.trim() + `\n${pText(p)}, δ ${signed(effect)}`

function tidyRows({ coherence, differences, represented }: UnitsRows, measure: Measure): ResultTable['tidy'] {
  const isOf = (one: BasisDifference, row: BasisCoherence) =>
    one.measure === measure &&
    one.k === row.k &&
    one.end === row.end &&
    basisName(one) === basisName(row) &&
    layerKey(one).every((value, i) => value === layerKey(row)[i])
  return coherence.map((row) => {
    const less = differences.find((one) => isOf(one, row))
    const learned = represented.find((one) => isOf(one, row))
    return {
      model: row.model,
      layer: row.layer,
      side: row.side,
      pool: row.pool,
      basis: row.basis,
      centered: String(row.centered),
      end: row.end,
      k: row.k,
      images: row.images,
      directions: row[measure].n,
      tied: row.tied,
      [measure]: row[measure].value,
      low: row[measure].low,
      high: row[measure].high,
      beyond_null: beyondOf(row, measure).value,
      beyond_null_low: beyondOf(row, measure).low,
      beyond_null_high: beyondOf(row, measure).high,
      unit_minus_basis: less?.difference.value ?? null,
      unit_minus_basis_low: less?.difference.low ?? null,
      unit_minus_basis_high: less?.difference.high ?? null,
      p: less?.p ?? null,
      cliffs_delta: less?.effect ?? null,
      control: learned?.control ?? null,
      basis_minus_control: learned?.difference.value ?? null,
      basis_minus_control_low: learned?.difference.low ?? null,
      basis_minus_control_high: learned?.difference.high ?? null,
      control_p: learned?.p ?? null,
      control_cliffs_delta: learned?.effect ?? null,
    }
  })
}

/** What is left out of the rows. */
export function tiedNotes(rows: readonly BasisCoherence[]): readonly string[] {
  const tied = rows.filter((row) => row.tied > 0)
  if (tied.length === 0) return []
  const named = tied.map(
    (row) =>
      `${basisName(row)} of ${nameOf(row)} ${row.tied} of ${row.tied + row.purity.n} at the ${row.end === 'better' ? 'better end' : row.end}, k = ${row.k}`,
  )
  return [
    `Left out, because the k-th image has the same value as the next and its index alone put it there: ${named.join('; ')}.`,
  ]
}
