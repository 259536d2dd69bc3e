import type { ResultTable } from './experiment.js'
import type { BasisCoherence, BasisDifference, Measure } from './compareBases.js'
import { groups, layerKey } from './compareBases.js'
import type { Estimate } from './statistics.js'
import { nameOf, RANDOM_BASES } from './unitsVerdict.js'

/** What the measures are called, and in what unit. */
const MEASURED: Readonly<Record<Measure, string>> = {
  purity: 'label purity, share of the most frequent label,',
  entropy: 'label entropy, bits,',
}

const interval = ({ low, high }: Estimate) => `[${low.toFixed(2)}, ${high.toFixed(2)}]`
const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`

/** A basis as a column names it. */
export const basisName = ({ basis, centered }: Pick<BasisCoherence, 'basis' | 'centered'>) =>
  basis === 'principal' && centered ? 'principal, centred' : basis

/**
 * One measure of the top k images' coherence: a row per layer and k, a column per basis, then units less the random bases
 * (or, without such, the others). As data a row per layer, basis, end and k, also of the bottom, and units less each basis.
 *
 * @param only rows of this k alone are printed. Default: all.
 */
export function unitsTable(
  coherence: readonly BasisCoherence[],
  differences: readonly BasisDifference[],
  measure: Measure,
  only?: number,
): ResultTable {
  const top = coherence.filter(({ end, k }) => end === 'top' && (only === undefined || k === only))
  const named = [...new Set(top.map(basisName))]
  // the control last
  const bases = [...named.filter((name) => name !== 'uniform'), ...named.filter((name) => name === 'uniform')]
  const own = differences.filter((row) => row.measure === measure)
  const names = [...new Set(own.map(basisName))]
  const random = names.filter((name) => RANDOM_BASES.includes(name))
  const against = random.length > 0 ? random : names
  const beyondOf = (row: BasisCoherence) => (measure === 'purity' ? row.pureBeyond : row.orderedBeyond)
  const rows = groups(top, (row) => [...layerKey(row), row.k]).map((line) => {
    const [first] = line
    const cells = bases.map((basis) => {
      const row = line.find((one) => basisName(one) === basis)
      if (!row) return ''
      const beyond = (100 * beyondOf(row).value).toFixed(0)
      return `${row[measure].value.toFixed(3)}\n${interval(row[measure])}\n${beyond} %`
    })
    const less = against.map((basis) => {
      const row = own.find((one) => sameLine(one, first) && basisName(one) === basis)
      if (!row) return ''
      return `${signed(row.difference.value)}\n${interval(row.difference)}\np ${row.p.toFixed(4)}, δ ${signed(row.effect)}`
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

const sameLine = (a: BasisDifference | BasisCoherence, b: BasisCoherence) =>
  a.k === b.k && a.end === b.end && layerKey(a).every((value, i) => value === layerKey(b)[i])
