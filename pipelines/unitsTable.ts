import type { ResultTable } from './experiment.js'
import type { BasisCoherence, BasisDifference, Measure } from './compareBases.js'
import { groups, layerKey } from './compareBases.js'
import type { Estimate } from './statistics.js'
import { nameOf } from './unitsVerdict.js'

/** What the measures are called, and in what unit. */
const MEASURED: Readonly<Record<Measure, string>> = {
  purity: 'label purity, share of the most frequent label,',
  entropy: 'label entropy, bits,',
}

/** Nothing of a single value, which has none. */
export const interval = ({ low, high }: Estimate, digits = 2) =>
  Number.isNaN(low) ? '' : `[${low.toFixed(digits)}, ${high.toFixed(digits)}]`
const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`

/** A basis as a column names it. */
export const basisName = ({ basis, centered }: Pick<BasisCoherence, 'basis' | 'centered'>) =>
  basis === 'principal' && centered ? 'principal, centred' : basis

/**
 * One measure of the top k images' coherence: a row per layer and k, a column per basis, then units less other bases. As
 * data a row per layer, basis, end and k, also of the bottom, and units less each basis.
 *
 * @param options.k rows of this k alone are printed. Default: all.
 * @param options.against bases that units are printed beside. Default: all.
 */
export function unitsTable(
  coherence: readonly BasisCoherence[],
  differences: readonly BasisDifference[],
  measure: Measure,
  { k: only, against: beside }: { readonly k?: number; readonly against?: readonly string[] } = {},
): ResultTable {
  const top = coherence.filter(({ end, k }) => end === 'top' && (only === undefined || k === only))
  const named = [...new Set(top.map(basisName))]
  // the control last
  const bases = [...named.filter((name) => name !== 'uniform'), ...named.filter((name) => name === 'uniform')]
  const own = differences.filter((row) => row.measure === measure)
  const against = [...new Set(own.map(basisName))].filter((name) => beside?.includes(name) ?? true)
  const beyondOf = (row: BasisCoherence) => (measure === 'purity' ? row.pureBeyond : row.orderedBeyond)
  const rows = groups(top, (row) => [...layerKey(row), row.k]).map((line) => {
    const [first] = line
    const cells = bases.map((basis) => {
      const row = line.find((one) => basisName(one) === basis)
      if (!row) return ''
      const beyond = (100 * beyondOf(row).value).toFixed(0)
      if (row[measure].n === 0) return 'tied'
      return `${row[measure].value.toFixed(3)}\n${interval(row[measure])}\n${beyond} %`
    })
    const less = against.map((basis) => {
      const row = own.find((one) => sameLine(one, first) && basisName(one) === basis)
      if (!row) return ''
      return `${signed(row.difference.value)}\n${interval(row.difference, 3)}\np ${row.p.toFixed(4)}, δ ${signed(row.effect)}`
    })
    return [nameOf(first), String(first.k), ...cells, ...less]
  })
  return {
    printed: {
      title: `Do units mean anything? ${MEASURED[measure]} of the first k images along a direction`,
      header: ['layer', 'k', ...bases, ...against.map((basis) => `unit − ${basis}`)],
      rows,
      notes: [
        'Mean over the directions, its 95 % bootstrap interval, and how many directions are beyond 95 % of the permutations of the labels.',
        'unit − a basis: difference, interval, p of a permutation test over directions (of this comparison alone), Cliff’s δ.',
        ...(bases.includes('uniform') ? ['uniform: images drawn at random, the control.'] : []),
        ...tiedNotes(top),
      ],
    },
    tidy: coherence.map((row) => {
      const less = own.find((one) => sameLine(one, row) && basisName(one) === basisName(row))
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
        beyond_null: beyondOf(row).value,
        beyond_null_low: beyondOf(row).low,
        beyond_null_high: beyondOf(row).high,
        unit_minus_basis: less?.difference.value ?? null,
        unit_minus_basis_low: less?.difference.low ?? null,
        unit_minus_basis_high: less?.difference.high ?? null,
        p: less?.p ?? null,
        cliffs_delta: less?.effect ?? null,
      }
    }),
  }
}

/** What is left out of the rows. */
export function tiedNotes(rows: readonly BasisCoherence[]): readonly string[] {
  const tied = rows.filter((row) => row.tied > 0)
  if (tied.length === 0) return []
  const named = tied.map(
    (row) =>
      `${basisName(row)} of ${nameOf(row)} ${row.tied} of ${row.tied + row.purity.n} at the ${row.end}, k = ${row.k}`,
  )
  return [
    `Left out, because the k-th image has the same value as the next and its index alone put it there: ${named.join('; ')}.`,
  ]
}

const sameLine = (a: BasisDifference | BasisCoherence, b: BasisCoherence) =>
  a.k === b.k && a.end === b.end && layerKey(a).every((value, i) => value === layerKey(b)[i])
