import { requireArray } from '../../operators/options/requireKinds.js'
import { groups } from '../../operators/records/groups.js'
import { CONTROLS } from '../../operators/ranking/basis.js'
import { bootstrapDifference, bootstrapMean } from './bootstrap.js'
import { cliffsDelta, proportion } from './statistics.js'
import {
  type CoherenceRow,
  type BasisCoherence,
  type BasisDifference,
  type ControlDifference,
  MEASURES,
  type Measure,
  layerOf,
  layerKey,
} from './comparedBases.js'
import { permutationTest } from './permutationTest.js'

const BEYOND = 0.05
/** What a trained basis is held against: directions of the same kind of what was not learned. */
const CONTROLS_OF: Readonly<Record<string, readonly string[]>> = {
  unit: ['pixels', 'untrained unit'],
  gaussian: ['pixels', 'untrained gaussian'],
  rotation: ['pixels', 'untrained gaussian'],
}
const isControl = (basis: string) => CONTROLS.some((control) => control === basis)

/** The coherence of each basis of each layer, for each end and k, in the order in which they come. */
export function basisCoherence(rows: readonly CoherenceRow[]): readonly BasisCoherence[] {
  requireArray('basisCoherence: rows', rows, 'rows of coherence')
  return groups(rows, (row) => [...layerKey(row), row.basis, row.centered, row.end, row.k]).map((group) => {
    const [{ basis, centered, end, k }] = group
    const told = group.filter(({ tied }) => !tied)
    const beyond = (p: (row: CoherenceRow) => number) =>
      proportion(told.filter((row) => p(row) <= BEYOND).length, told.length)
    return {
      ...layerOf(group[0]),
      ...{ basis, centered, end, k },
      purity: bootstrapMean(told.map(({ purity }) => purity)),
      entropy: bootstrapMean(told.map(({ entropy }) => entropy)),
      pureBeyond: beyond(({ purityP }) => purityP),
      orderedBeyond: beyond(({ entropyP }) => entropyP),
      canBeBeyond: !group.every(({ leastP }) => Number(leastP) > BEYOND),
      tied: group.length - told.length,
    }
  })
}

/** Units less each other basis of the same layer, for each end, k and measure, without tied directions; controls are none. */
export function basisDifferences(rows: readonly CoherenceRow[]): readonly BasisDifference[] {
  requireArray('basisDifferences: rows', rows, 'rows of coherence')
  const told = rows.filter(({ tied }) => !tied)
  return groups(told, (row) => [...layerKey(row), row.end, row.k]).flatMap((layer) => {
    const [{ end, k }] = layer
    const bases = groups(layer, ({ basis, centered }) => [basis, basis === 'principal' && centered])
    const units = bases.find(([{ basis }]) => basis === 'unit')
    if (!units) return []
    return bases
      .filter(([{ basis }]) => basis !== 'unit' && !isControl(basis))
      .flatMap((others) =>
        MEASURES.map((measure) => ({
          ...layerOf(layer[0]),
          ...{ basis: others[0].basis, centered: others[0].centered, end, k, measure },
          ...compared(units, others, measure),
        })),
      )
  })
}

/**
 * What is due to the representation: the units and the random directions of each layer less the better of their controls
 * (random directions of the pixels, and the same kind of directions of the layer before its training), by mean.
 */
export function controlDifferences(rows: readonly CoherenceRow[]): readonly ControlDifference[] {
  const told = rows.filter(({ tied }) => !tied)
  return groups(told, (row) => [...layerKey(row), row.end, row.k]).flatMap((layer) => {
    const bases = new Map(groups(layer, ({ basis }) => [basis]).map((group) => [group[0].basis, group]))
    return [...bases.values()].flatMap((own) => {
      const [{ basis, centered, end, k }] = own
      const controls = (CONTROLS_OF[basis] ?? []).flatMap((name) => bases.get(name) ?? [])
      const names = new Set(controls.map((row) => row.basis))
      return MEASURES.flatMap((measure) => {
        const sign = measure === 'purity' ? 1 : -1
        const best = groups(controls, (row) => [row.basis])
          .toSorted((a, b) => sign * (meanOf(b, measure) - meanOf(a, measure)))
          .at(0)
        if (best === undefined) return []
        return [
          {
            ...layerOf(layer[0]),
            ...{ basis, centered, end, k, measure, control: best[0].basis, controls: [...names] },
            ...compared(own, best, measure),
          },
        ]
      })
    })
  })
}

const meanOf = (rows: readonly CoherenceRow[], measure: Measure) =>
  rows.reduce((sum, row) => sum + row[measure], 0) / rows.length

function compared(a: readonly CoherenceRow[], b: readonly CoherenceRow[], measure: Measure) {
  const [own, other] = [a, b].map((group) => group.map((row) => row[measure]))
  return {
    difference: bootstrapDifference(own, other),
    p: permutationTest(own, other),
    effect: cliffsDelta(own, other),
  }
}
