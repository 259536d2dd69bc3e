import type { End } from '../../operators/records/coherence.js'
import { isByClass, type BasisCoherence } from './comparedBases.js'
import { percent } from './words.js'
import { proportion, type Estimate } from './statistics.js'
import { ENOUGH, type Judged, type JudgedLayer } from './judgedLayers.js'

/** The k that the sentences tell of: about as many images as the paper shows in a row. */
const TOLD = 8

const toldOf = (sizes: readonly number[]) => (sizes.includes(TOLD) ? TOLD : (sizes.at(-1) ?? TOLD))

/** Says how coherent the images along directions and along those of the controls are, over all layers. */
export function toldOfDirections(
  coherence: readonly BasisCoherence[],
  sizes: readonly number[],
  end: End,
): string {
  const k = toldOf(sizes)
  const rows = coherence.filter((row) => row.end === end && row.k === k)
  const of = (...bases: readonly string[]) => {
    const own = rows.filter(({ basis }) => bases.includes(basis))
    const n = own.reduce((sum, { purity }) => sum + purity.n, 0)
    const purity = own.reduce((sum, row) => sum + row.purity.value * row.purity.n, 0) / n
    const beyond = own.reduce((sum, { pureBeyond }) => sum + Math.round(pureBeyond.value * pureBeyond.n), 0)
    return { n, purity: percent(purity, 0), beyond: percent(proportion(beyond, n).value, 0) }
  }
  const what = rows.every(isByClass) ? 'label' : 'superclass'
  const [units, random] = [of('unit'), of('gaussian', 'rotation')]
  const controls = (
    [
      ['along a random direction of the pixels', of('pixels')],
      ['along a random direction of the network untrained', of('untrained gaussian')],
      ['along a unit of it', of('untrained unit')],
      [`of ${k} drawn at random`, of('uniform')],
    ] as const
  ).flatMap(([what, { n, purity }]) => (n > 0 ? [`, ${what} ${purity} %`] : []))
  return (
    `Of the first ${k} images along a random direction${end === 'better' ? ', from the better of its two ends,' : ''} ` +
    `${random.purity} % have the same ${what}, along a unit ${units.purity} %${controls.join('')}; ` +
    `${random.beyond} % of the random directions and ${units.beyond} % of the units are purer than 95 % of the permutations.`
  )
}

/** Says how much purer random directions are than those of what was not learned. */
export function toldOfRepresentation(layers: readonly JudgedLayer[], sizes: readonly number[]): string {
  const k = toldOf(sizes)
  const controlled = layers.flatMap(({ name, learned, represented }) => {
    const row = represented.find((one) => one.k === k)
    return row === undefined ? [] : [{ name, learned, row }]
  })
  const kinds = new Set(controlled.flatMap(({ row }) => row.controls))
  const lacking = [
    ...(kinds.has('pixels') ? [] : ['of the pixels']),
    ...(kinds.has('untrained gaussian') ? [] : ['of the network untrained']),
  ].join(' and ')
  if (controlled.length === 0)
    return `How much of this is due to the representation is not known: there are no directions ${lacking}.`
  const learned = controlled.filter((layer) => layer.learned).length
  return (
    `Due to the representation, random directions less the better of their controls${lacking === '' ? '' : `, without those ${lacking}`}: ` +
    `${controlled.map(({ name, row: { difference } }) => `${name} ${spread(difference)}`).join('; ')}; ` +
    `certain in ${learned} of ${controlled.length} layers.`
  )
}

/** Says in which layers units are purer, and in which less pure. */
export function toldOfUnits(layers: readonly JudgedLayer[]): string {
  const purer = layers.filter(({ units }) => units.length > 0)
  const less = layers.filter(({ units, random }) => units.length === 0 && random.length > 0)
  return (
    `Units are certainly purer in ${purer.length} of ${layers.length} layers${listed(purer, 'units')}` +
    `${less.length > 0 ? `, random directions in ${less.length}${listed(less, 'random')}` : ''}.`
  )
}

/** Says where there are too few directions for units to be no better than random ones. */
export function toldOfFew(layers: readonly JudgedLayer[]): readonly string[] {
  const few = layers.filter((layer) => layer.few).map(({ name }) => name)
  return few.length === 0
    ? []
    : [
        `That units are no better cannot be said with fewer than ${ENOUGH} untied directions of each kind: ${few.join('; ')}.`,
      ]
}

/** Says in how many layers units are certainly purer at the top alone, and at the bottom alone. */
export function toldOfEnds(ends: readonly (readonly JudgedLayer[])[]): readonly string[] {
  if (ends.length === 0) return []
  const [top, bottom] = ends.map((layers) => layers.filter(({ units }) => units.length > 0).length)
  return [`At the top alone they are in ${top}, at the bottom in ${bottom}.`]
}

/** The layers, each with its largest difference. */
function listed(layers: readonly JudgedLayer[], which: 'units' | 'random'): string {
  if (layers.length === 0) return ''
  const lines = layers.map((layer) => {
    const [{ difference, effect, k, basis }] = [...layer[which]].sort(
      (a: Judged, b: Judged) => Math.abs(b.difference.value) - Math.abs(a.difference.value),
    )
    return `${layer.name}: ${spread(difference)} against ${basis} at k = ${k}, Cliff’s δ ${signed(effect)}`
  })
  return ` (${lines.join('; ')})`
}

const spread = ({ value, low, high }: Estimate) =>
  `${signed(value)}${Number.isNaN(low) ? '' : ` [${signed(low)}, ${signed(high)}]`}`

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
