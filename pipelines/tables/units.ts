import type { ReportCell, ReportRow, ReportTable } from '../../sinks/report/content.js'
import {
  basisCoherence,
  basisDifferences,
  controlDifferences,
  type BasisCoherence,
  type BasisDifference,
  type Measure,
} from './compareBases.js'
import { nameOf } from './judgedLayers.js'
import { SHOWN_IMAGES } from './shownDirections.js'
import type { Estimate } from './statistics.js'
import {
  basisName,
  beyondOf,
  END_NAMES,
  endsIn,
  judgedSuffix,
  pText,
  unitsLines,
  type UnitsRows,
} from './unitsLines.js'
import { tiedNotes } from '../unitsTable.js'
import { unitsVerdict } from './unitsVerdict.js'
import { plainCell } from './cells.js'
import { COHERENCE, type RankedRows } from './rankedLayers.js'
import { count, extent, percent } from './words.js'

/** What the page calls the bases of `rank`; a matrix has its own name. */
const NAMES: Readonly<Record<string, string>> = {
  unit: 'units',
  gaussian: 'Gaussian directions',
  rotation: 'rotated basis',
  principal: 'principal components',
  'principal, centred': 'principal components, centred',
  pixels: 'pixels, Gaussian directions',
  'untrained unit': 'untrained, units',
  'untrained gaussian': 'untrained, Gaussian directions',
  uniform: 'drawn at random',
}
const MEASURES: Readonly<Record<Measure, string>> = {
  purity: 'Label purity',
  entropy: 'Label entropy, bits',
}
const CAPTION =
  'The mean over directions; smaller its 95 % interval and the share of directions beyond the null. Of a difference: its interval, p and Cliff’s δ.'

/** Units and directions (the paper's section 3): how alike the images at the ends of directions are. */
export function reportUnits(layers: readonly RankedRows[]): ReportTable {
  const all = layers.flatMap(({ told }) => told)
  const rows = {
    coherence: basisCoherence(all),
    differences: basisDifferences(all),
    represented: controlDifferences(all),
  }
  const { coherence, differences, represented } = rows
  const sizes = [...new Set(coherence.map(({ k }) => k))].sort((a, b) => a - b)
  // as many images as the rows of the pictures have, or the most that there are
  const told = sizes.includes(SHOWN_IMAGES) ? SHOWN_IMAGES : (sizes.at(-1) ?? SHOWN_IMAGES)
  const others = sizes.filter((k) => k !== told).map((k) => ['purity', k] as const)
  const folded = [...others, ...sizes.map((k) => ['entropy', k] as const)]
  const bases = new Set(coherence.map(({ basis }) => basis))
  return {
    id: 'units',
    title: `Units and directions: how alike the ${told} images are that come first, and last`,
    claim:
      'The first images along a random direction of a layer are as coherent as those along a single unit: it is the space that carries the meaning, not the unit.',
    verdict: unitsVerdict(coherence, differences, represented),
    missing:
      layers.length === 0
        ? ['no rows of coherence: fewer than 4 images were ranked, or the files are lost']
        : [],
    caption: `Label purity: share of the most frequent label among the k images at an end, here k = ${told}. ${CAPTION}`,
    ...tableOf(layers, rows, 'purity', told),
    folded: folded.map(([measure, k]) => ({
      title: `${MEASURES[measure]}, k = ${k}`,
      ...tableOf(layers, rows, measure, k),
    })),
    notes: layers.length === 0 ? [] : [...tiedNotes(coherence), ...notesOf(bases, differences.length > 0)],
    queries: [COHERENCE],
  }
}

/** A row per layer and basis, a column per end, then the comparisons. */
function tableOf(
  layers: readonly RankedRows[],
  rows: UnitsRows,
  measure: Measure,
  k: number,
): Pick<ReportTable, 'columns' | 'rows'> {
  const all = unitsLines(rows, measure).filter(({ first }) => first.k === k)
  const ends = endsIn(rows.coherence)
  const has = (of: 'lessThanUnits' | 'represented') => all.some(({ lines }) => lines.some((line) => line[of]))
  const [compared, controlled] = [has('lessThanUnits'), has('represented')]
  const at = judgedSuffix(rows.coherence)
  return {
    columns: [
      ...ends.map((end) => END_NAMES[end]),
      ...(compared ? [`units − these${at}`] : []),
      ...(controlled ? [`due to the representation${at}`] : []),
    ],
    rows: all.flatMap(({ first, lines }) => {
      const group = groupOf(
        layers,
        first,
        lines.flatMap(({ ends: own }) => own.top ?? []),
      )
      return lines.map(({ basis, ends: own, lessThanUnits, represented }): ReportRow => ({
        group,
        name: NAMES[basis] ?? basis,
        cells: [
          ...ends.map((end) => meanCell(own[end], measure)),
          ...(compared ? [differenceCell(lessThanUnits)] : []),
          ...(controlled ? [differenceCell(represented, represented && NAMES[represented.control])] : []),
        ],
      }))
    }),
  }
}

/** A layer, what was ranked and along how many directions. */
function groupOf(
  layers: readonly RankedRows[],
  first: BasisCoherence,
  line: readonly BasisCoherence[],
): string {
  const from = layers.find(({ told }) => sameRun(told[0], first))?.from ?? []
  const [least, most] = extent(line.map(directionsOf))
  const directions =
    least === most
      ? `${count(most)} directions of each kind`
      : line.map((row) => `${count(directionsOf(row))} ${NAMES[basisName(row)] ?? basisName(row)}`).join(', ')
  return `${nameOf(first)}: ${count(first.images)} images${from.length > 0 ? ` of ${from.join(', ')}` : ''}, ${directions}`
}

/** With those that are left out. */
const directionsOf = ({ purity, tied }: BasisCoherence) => purity.n + tied

const sameRun = (a: { run: string; layer: string; model: string; side: string }, b: typeof a) =>
  a.run === b.run && a.model === b.model && a.layer === b.layer && a.side === b.side

function meanCell(row: BasisCoherence | undefined, measure: Measure): ReportCell | undefined {
  if (!row) return undefined
  if (row.purity.n === 0) return plainCell('tied')
  return {
    ours: row[measure].value.toFixed(3),
    interval: intervalOf(row[measure]),
    more: `${percent(beyondOf(row, measure).value, 0)} % beyond`,
    ...(measure === 'purity' && { heat: row.purity.value }),
    ...(row.tied > 0 && { n: row.purity.n }),
  }
}

/** @param less what was subtracted, where the column does not say it */
function differenceCell(row: BasisDifference | undefined, less?: string): ReportCell | undefined {
  return (
    row && {
      ours: signed(row.difference.value, 3),
      interval: intervalOf(row.difference, (value) => signed(value, 3)),
      more: `${pText(row.p)}, δ ${signed(row.effect, 2)}${less === undefined ? '' : `, less ${less}`}`,
    }
  )
}

/** None of one direction alone. */
const intervalOf = ({ low, high }: Estimate, text = (value: number) => value.toFixed(2)) =>
  Number.isNaN(low) ? undefined : `${text(low)} to ${text(high)}`

const signed = (value: number, digits: number) => {
  const text = Math.abs(value).toFixed(digits)
  return `${Number(text) === 0 ? '' : value < 0 ? '−' : '+'}${text}`
}

function notesOf(bases: ReadonlySet<string>, compared: boolean): readonly string[] {
  const random = [
    ...(bases.has('gaussian') ? ['Gaussian directions: Gaussian vectors of unit length.'] : []),
    ...(bases.has('rotation') ? ['Rotated basis: an orthonormal basis drawn from the Haar measure.'] : []),
    ...(bases.has('uniform')
      ? [
          'Drawn at random: samples of the images without any direction, as many as a basis has directions; of the better end the better of two of them.',
        ]
      : []),
    ...(bases.has('pixels') ? ['Pixels: Gaussian directions of the images themselves.'] : []),
    ...(bases.has('untrained gaussian')
      ? ['Untrained: the same layer of the same network with the weights that its training began with.']
      : []),
  ]
  return [
    ...(random.length > 0 ? [random.join(' ')] : []),
    'The better end: of each direction the purer of both ends (of the entropy the lower), for units, directions and controls alike. A unit’s two ends differ, a random direction’s do not.',
    'Beyond: the share of directions whose k images are purer (of lower entropy) than 95 % of the permutations of the labels over all ranked images, p ≤ 0.05 for each direction by itself; of the better end, of permutations of which the better end counts, too. Where labels say nothing, at most 5 % of them are; purities of few images have few values, so that it can be far fewer.',
    'Intervals: percentile bootstrap over directions, which are taken as independent. They say how far other directions of the same network would give the same, not other networks.',
    ...(compared
      ? [
          'Units − these: the difference of the means, p of a two-sided permutation test over directions, of that comparison alone (the verdict corrects for all), and Cliff’s δ, from −1 to 1: how much more often a unit has the larger value than the smaller.',
          ...(bases.has('pixels') || bases.has('untrained gaussian')
            ? [
                'Due to the representation: units and random directions less the better of their controls, which are directions of the pixels and the same kind of directions of the network untrained.',
              ]
            : []),
        ]
      : []),
    'Centring the activations changes no rank along a given direction: ⟨φ(x) − μ, v⟩ is ⟨φ(x), v⟩ less the same ⟨μ, v⟩ for every image. It changes values, and which directions are the principal components.',
  ]
}
