import type { ReportCell, ReportRow, ReportTable } from '../../sinks/report/content.js'
import type { End } from '../../operators/records/coherence.js'
import {
  basisCoherence,
  basisDifferences,
  groups,
  layerKey,
  type BasisCoherence,
  type BasisDifference,
  type Measure,
} from '../compareBases.js'
import type { Estimate } from '../statistics.js'
import { basisName, tiedNotes } from '../unitsTable.js'
import { nameOf, unitsVerdict } from '../unitsVerdict.js'
import { plainCell } from './cells.js'
import { COHERENCE, type RankedRows } from './rankedLayers.js'
import { count, extent, percent } from './words.js'

/** What the page calls the bases of `rank`; a matrix has its own name. */
const COLUMNS: Readonly<Record<string, string>> = {
  unit: 'units',
  gaussian: 'Gaussian directions',
  rotation: 'rotated basis',
  principal: 'principal components',
  'principal, centred': 'principal components, centred',
  uniform: 'drawn at random',
}
const CAPTION =
  'The mean over directions; smaller its 95 % interval and the share of directions beyond the null. Of a difference: its interval, p and Cliff’s δ.'

/** Units and directions (the paper's section 3): how alike the images at the ends of directions are. */
export function reportUnits(layers: readonly RankedRows[]): ReportTable {
  const rows = layers.flatMap(({ told }) => told)
  const [means, differences] = [basisCoherence(rows), basisDifferences(rows)]
  const table = (end: End, measure: Measure) =>
    tableOf(
      layers,
      means.filter((row) => row.end === end),
      differences.filter((row) => row.end === end && row.measure === measure),
      measure,
    )
  const bases = new Set(means.map(({ basis }) => basis))
  return {
    id: 'units',
    title: 'Units and directions: how alike the images are that come first',
    claim:
      'The first images along a random direction of a layer are as coherent as those along a single unit: it is the space that carries the meaning, not the unit.',
    verdict: unitsVerdict(means, differences),
    missing:
      layers.length === 0
        ? ['no rows of coherence: fewer than 4 images were ranked, or the files are lost']
        : [],
    caption: `Label purity: share of the most frequent label among the first k images. ${CAPTION}`,
    ...table('top', 'purity'),
    folded: [
      { title: 'Label entropy of the first k images, bits', ...table('top', 'entropy') },
      {
        title: 'Label purity of the last k images, at the other end of each direction',
        ...table('bottom', 'purity'),
      },
      { title: 'Label entropy of the last k images, bits', ...table('bottom', 'entropy') },
    ].filter((folded) => folded.rows.length > 0),
    notes: layers.length === 0 ? [] : [...tiedNotes(means), ...notesOf(bases, differences.length > 0)],
    queries: [COHERENCE],
  }
}

function tableOf(
  layers: readonly RankedRows[],
  means: readonly BasisCoherence[],
  differences: readonly BasisDifference[],
  measure: Measure,
): Pick<ReportTable, 'columns' | 'rows'> {
  const names = [...new Set(means.map(basisName))]
  const bases = [...names.filter((name) => name !== 'uniform'), ...names.filter((name) => name === 'uniform')]
  const against = [...new Set(differences.map(basisName))]
  const rows = groups(means, (row) => [...layerKey(row), row.k]).map((line): ReportRow => {
    const [first] = line
    const less = differences.filter((row) => row.k === first.k && sameLayer(row, first))
    return {
      group: groupOf(layers, first, line),
      name: `k\u00a0=\u00a0${first.k}`,
      cells: [
        ...bases.map((basis) =>
          meanCell(
            line.find((row) => basisName(row) === basis),
            measure,
          ),
        ),
        ...against.map((basis) => differenceCell(less.find((row) => basisName(row) === basis))),
      ],
    }
  })
  return {
    columns: [...bases.map((name) => COLUMNS[name] ?? name), ...against.map((name) => `units − ${name}`)],
    rows,
  }
}

const sameLayer = (a: BasisDifference, b: BasisCoherence) =>
  layerKey(a).every((value, i) => value === layerKey(b)[i])

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
      : line
          .map((row) => `${count(directionsOf(row))} ${COLUMNS[basisName(row)] ?? basisName(row)}`)
          .join(', ')
  return `${nameOf(first)}: ${count(first.images)} images${from.length > 0 ? ` of ${from.join(', ')}` : ''}, ${directions}`
}

/** With those that are left out. */
const directionsOf = ({ purity, tied }: BasisCoherence) => purity.n + tied

const sameRun = (a: { run: string; layer: string; model: string; side: string }, b: typeof a) =>
  a.run === b.run && a.model === b.model && a.layer === b.layer && a.side === b.side

function meanCell(row: BasisCoherence | undefined, measure: Measure): ReportCell | undefined {
  if (!row) return undefined
  if (row.purity.n === 0) return plainCell('tied')
  const beyond = measure === 'purity' ? row.pureBeyond : row.orderedBeyond
  return {
    ours: row[measure].value.toFixed(3),
    interval: intervalOf(row[measure]),
    more: `${percent(beyond.value, 0)} % beyond`,
    ...(measure === 'purity' && { heat: row.purity.value }),
    ...(row.tied > 0 && { n: row.purity.n }),
  }
}

function differenceCell(row: BasisDifference | undefined): ReportCell | undefined {
  return (
    row && {
      ours: signed(row.difference.value, 3),
      interval: intervalOf(row.difference, (value) => signed(value, 3)),
      more: `p ${row.p.toFixed(4)}, δ ${signed(row.effect, 2)}`,
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
          'Drawn at random: the control, samples of the images without any direction, as many as a basis has directions.',
        ]
      : []),
  ]
  return [
    ...(random.length > 0 ? [random.join(' ')] : []),
    'Beyond: the share of directions whose k images are purer (of lower entropy) than 95 % of the permutations of the labels over all ranked images, p ≤ 0.05 for each direction by itself. Where labels say nothing, at most 5 % of them are; purities of few images have few values, so that it can be far fewer.',
    'Intervals: percentile bootstrap over directions, which are taken as independent. They say how far other directions of the same network would give the same, not other networks.',
    ...(compared
      ? [
          'Units − others: the difference of the means, p of a two-sided permutation test over directions, of that comparison alone (the verdict corrects for all), and Cliff’s δ, from −1 to 1: how much more often a unit has the larger value than the smaller.',
        ]
      : []),
    'Centring the activations changes no rank along a given direction: ⟨φ(x) − μ, v⟩ is ⟨φ(x), v⟩ less the same ⟨μ, v⟩ for every image. It changes values, and which directions are the principal components.',
  ]
}
