import { groups } from '../../operators/records/groups.js'
import { basisName, isByClass, type BasisCoherence } from './comparedBases.js'
import { nameOf } from './judgedLayers.js'
import { span } from './words.js'

/** What the rows of a basis are. */
const BASES: Readonly<Record<string, string>> = {
  gaussian: 'gaussian: Gaussian vectors of unit length.',
  rotation: 'rotation: an orthonormal basis drawn from the Haar measure.',
  uniform:
    'uniform: samples of the images drawn at random, without any direction, as many as a basis has directions; of the better end the better of two of them.',
  pixels: 'pixels: Gaussian directions of the images themselves.',
  'untrained gaussian':
    'untrained unit, untrained gaussian: of the same layer of the same network with the weights that its training began with.',
}

/** What is to be said below a table of units and directions. */
export function unitsNotes(coherence: readonly BasisCoherence[], compared: boolean): readonly string[] {
  const bases = new Set(coherence.map(({ basis }) => basis))
  const named = Object.entries(BASES).flatMap(([basis, note]) => (bases.has(basis) ? [note] : []))
  const controlled = bases.has('pixels') || bases.has('untrained gaussian')
  return [
    ...tiedNotes(coherence),
    ...(named.length > 0 ? [named.join(' ')] : []),
    'N: directions. The better end: of each direction the purer of both ends (of the entropy the lower), for units, directions and controls alike. A unit’s two ends differ, a random direction’s do not.',
    ...(coherence.every(isByClass)
      ? []
      : [
          'By superclass: the same images, counted by the WordNet superclass of their class (dog, bird, vehicle) in place of the class; so are the permutations.',
        ]),
    'Beyond: the share of directions whose k images are purer (of lower entropy) than 95 % of the permutations of the labels over all ranked images, p ≤ 0.05 for each direction by itself; of the better end, of permutations of which the better end counts, too. Where labels say nothing, at most 5 % of them are; purities of few images have few values, so that it can be far fewer.',
    'Intervals: percentile bootstrap over directions, which are taken as independent. They say how far other directions of the same network would give the same, not other networks.',
    ...(compared
      ? [
          'Units − these: the difference of the means, p of a two-sided permutation test over directions, of that comparison alone (the verdict corrects for all), and Cliff’s δ, from −1 to 1: how much more often a unit has the larger value than the smaller.',
        ]
      : []),
    ...(compared && controlled
      ? [
          'Due to the representation: units and random directions less the better of their controls, which are directions of the pixels and the same kind of directions of the network untrained.',
        ]
      : []),
    'Centring the activations changes no rank along a given direction: ⟨φ(x) − μ, v⟩ is ⟨φ(x), v⟩ less the same ⟨μ, v⟩ for every image. It changes values, and which directions are the principal components.',
  ]
}

/** What is left out of the rows. */
function tiedNotes(rows: readonly BasisCoherence[]): readonly string[] {
  const named = groups(rows, (row) => [basisName(row), nameOf(row)]).flatMap((own) => {
    const ends = groups(own, ({ end }) => [end])
      .filter((some) => some.some(({ tied }) => tied > 0))
      .map(
        (some) =>
          `${span(some.map(({ tied }) => String(tied)))} at the ${some[0].end === 'better' ? 'better end' : some[0].end}`,
      )
    const [first] = own
    const all = first.tied + first.purity.n
    return ends.length === 0 ? [] : [`${basisName(first)} of ${nameOf(first)}, of ${all} ${ends.join(', ')}`]
  })
  return named.length === 0
    ? []
    : [
        `Left out, because the k-th image has the same value as the next and its index alone put it there, from one k to another: ${named.join('; ')}.`,
      ]
}
