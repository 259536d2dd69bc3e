import type { Grid, Row, Table } from '../../sinks/table/table.js'
import type { LakeFile } from '../../sinks/lake/lake.js'
import type { Database } from '../../sources/duckdb.js'
import { basisCoherence, basisDifferences, controlDifferences } from './compareBases.js'
import { type BasisCoherence, type Measure as Measured, type RankedLayer } from './comparedBases.js'
import { judgedEnd, nameOf } from './judgedLayers.js'
import type { Units } from './unitsTable.js'
import { coherenceRows, rankedLayers, type RankedRows } from './rankedLayers.js'
import type { Restriction } from './restriction.js'
import { SHOWN_IMAGES } from '../../operators/ranking/shownDirections.js'
import { differenceCell, meanCell, meanColumn } from './unitsCells.js'
import { endsIn, judgedSuffix, unitsLines, type UnitsRows } from './unitsLines.js'
import { unitsNotes } from './unitsNotes.js'
import { gridTitle, MEASURES } from './unitsTitles.js'
import { unitsVerdict } from './unitsVerdict.js'
import { count } from './words.js'

const CAPTION =
  'The mean over directions; smaller its 95 % interval and the share of directions beyond the null. Of a difference: its interval, p and Cliff’s δ.'

/** What the ranks of a data set say of units and directions, as `units` has it. */
export async function unitsOf(
  database: Database,
  restriction: Restriction,
  files: readonly LakeFile[],
): Promise<Units> {
  const layers = await rankedLayers(database, restriction, files)
  const all = layers.flatMap(({ told }) => told)
  const rows = {
    coherence: basisCoherence(all),
    differences: basisDifferences(all),
    represented: controlDifferences(all),
  }
  const verdict = unitsVerdict(rows.coherence, rows.differences, rows.represented)
  const table = (measure: Measured) => tableOf(layers, rows, measure, coherenceRows(restriction))
  return { ...rows, layers, verdict, purity: { ...table('purity'), verdict }, entropy: table('entropy') }
}

function tableOf(layers: readonly RankedRows[], rows: UnitsRows, measure: Measured, query: string): Table {
  const { coherence, differences } = rows
  const sizes = [...new Set(coherence.map(({ k }) => k))].sort((a, b) => a - b)
  // as many images as the rows of the pictures have, or the most that there are
  const told = sizes.includes(SHOWN_IMAGES) ? SHOWN_IMAGES : (sizes.at(-1) ?? SHOWN_IMAGES)
  const what =
    measure === 'purity'
      ? 'Label purity: share of the most frequent label'
      : 'Label entropy: −Σ p log₂ p over the labels, bits,'
  return {
    id: measure === 'purity' ? 'units' : 'entropy',
    claim:
      'The first images along a random direction of a layer are as coherent as those along a single unit: it is the space that carries the meaning, not the unit.',
    verdict: undefined,
    missing:
      layers.length === 0
        ? ['no rows of coherence: fewer than 4 images were ranked, or the files are lost']
        : [],
    caption: `${what} among the k images at an end, here k = ${told}. ${CAPTION}`,
    ...gridOf(layers, rows, measure, told),
    title: `Units and directions: how alike the ${told} images are that come first, and last; ${MEASURES[measure]}`,
    folded: sizes.filter((k) => k !== told).map((k) => gridOf(layers, rows, measure, k)),
    notes: layers.length === 0 ? [] : unitsNotes(coherence, differences.length > 0),
    queries: [query],
  }
}

/** A row per layer and basis, a column per end, then the comparisons at the end that the verdict is about. */
function gridOf(layers: readonly RankedRows[], rows: UnitsRows, measure: Measured, k: number): Grid {
  const all = unitsLines(rows, measure).filter(({ first }) => first.k === k)
  const ends = endsIn(rows.coherence)
  const judged = judgedEnd(rows.coherence)
  const at = judgedSuffix(rows.coherence)
  const told = (of: 'lessThanUnits' | 'represented', key: string, title: string) =>
    ends
      .filter((end) => all.some(({ lines }) => lines.some((line) => line[of][end])))
      .map((end) => ({ of, end, column: { key, title, line: { end }, aside: end !== judged } }))
  const comparisons = [
    ...told('lessThanUnits', 'unit_minus_basis', `units − these${at}`),
    ...told('represented', 'basis_minus_control', `due to the representation${at}`),
  ]
  return {
    title: gridTitle(measure, k),
    of: 'directions',
    columns: [...ends.map((end) => meanColumn(end, measure)), ...comparisons.map(({ column }) => column)],
    rows: all.flatMap(({ first: layer, lines }) =>
      lines.map(({ basis, first, ends: own, ...compared }): Row => ({
        group: groupOf(layers, layer),
        name: basis,
        keys: keysOf(first),
        n: Math.max(...Object.values(own).map(directionsOf)),
        cells: [
          ...ends.map((end) => own[end] && meanCell(own[end], measure)),
          ...comparisons.map(({ of, end }) => compared[of][end] && differenceCell(compared[of][end])),
        ],
      })),
    ),
  }
}

const keysOf = ({ model, layer, side, pool, basis, centered, grouping, k, images }: BasisCoherence) => ({
  ...{ model, layer, side, pool, basis, centered: String(centered), grouping, k, images },
})

/** How many directions a basis has, with the tied ones. */
const directionsOf = (row: BasisCoherence | undefined) => (row ? row.purity.n + row.tied : 0)

/** A layer, and what was ranked. */
function groupOf(layers: readonly RankedRows[], first: BasisCoherence): string {
  const from = layers.find(({ told }) => sameRun(told[0], first))?.from ?? []
  return `${nameOf(first)}: ${count(first.images)} images${from.length > 0 ? ` of ${from.join(', ')}` : ''}`
}

const sameRun = (a: RankedLayer, b: RankedLayer) =>
  a.run === b.run && a.model === b.model && a.layer === b.layer && a.side === b.side
