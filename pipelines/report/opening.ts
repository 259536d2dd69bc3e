import type { ImageSet } from '../../sinks/report/content.js'
import { rankingKey } from '../tables/comparedBases.js'
import type { Attack, Measured } from '../tables/measured.js'
import { FIGURE_NETWORKS } from '../tables/published.js'
import type { RankedRows } from '../tables/rankedLayers.js'
import { count, many, span } from '../tables/words.js'

/** Images of the row that the page opens with. */
const FEW = 10

/**
 * What a data set is of, in one sentence; of the main job another one that says whether all of it is there.
 *
 * @param scored rows of what networks were shown, of any kind
 * @param isComplete whether the main job has made all that it makes
 */
export function sentenceOf(
  measured: Measured,
  layers: readonly RankedRows[],
  scored: number,
  isComplete: boolean,
): string {
  const { models, attacks, scores, clean } = measured
  const networks = new Set([
    ...models.keys(),
    ...attacks.map((row) => row.sourceModel),
    ...[...scores, ...clean].map((row) => row.model),
    ...layers.map(({ rows: [{ model }] }) => model),
  ])
  const parts = [
    ...(attacks.length === 0 ? [] : [attacked(attacks, networks.size)]),
    ...(scored === 0 ? [] : [askedFor(measured, scored)]),
    ...(layers.length === 0 ? [] : [rankedIn(layers)]),
  ]
  if (networks.size === 0) return 'Nothing was done here yet.'
  if (parts.length === 0) return `${many(networks.size, 'network')}, trained and not attacked yet.`
  return `${many(networks.size, 'network')}: ${parts.join('; ')}.${asPlanned(measured, isComplete)}`
}

/** How often networks were asked, and what they were shown. */
function askedFor({ scores, clean }: Measured, scored: number): string {
  const [counted, unchanged] = [scores, clean.map(({ errors }) => ({ n: errors.rows }))].map((rows) =>
    rows.reduce((sum, { n }) => sum + n, 0),
  )
  const shown = [
    // examples that were stored are counted elsewhere
    ...(scores.some(({ kind }) => kind !== 'gaussian') || scored > counted + unchanged ? ['examples'] : []),
    ...(scores.some(({ kind }) => kind === 'gaussian') ? ['noise'] : []),
    ...(clean.length > 0 ? ['clean images'] : []),
  ]
  const [last, ...before] = shown.toReversed()
  const others = before.length === 0 ? '' : `${before.toReversed().join(', ')} and `
  return `asked for ${many(scored, 'answer')} to ${others}${last}`
}

/** What of the main job's plan is done, and that `--quick` is another experiment than the paper's. */
function asPlanned({ models, attacks, quick, seed }: Measured, isComplete: boolean): string {
  if (seed === undefined) return ''
  const attacked = span([...new Set(attacks.map(({ images }) => count(images)))])
  const trained = Math.max(0, ...[...models.values()].map(({ images }) => images))
  const small = `trained on at most ${count(trained)} images for a few epochs, not comparable with the paper`
  const whole = `${attacked} images attacked of each network`
  if (!isComplete) return quick ? ` A part of a quick run (paper --quick): ${small}.` : ''
  return quick ? ` A complete quick run (paper --quick): ${whole}, ${small}.` : ` A complete run: ${whole}.`
}

/** How often networks were attacked; where that is not all of them, how many were. */
function attacked(attacks: readonly Attack[], networks: number): string {
  const own = new Set(attacks.map(({ sourceModel }) => sourceModel)).size
  const sum = (column: 'attacked' | 'successes') => attacks.reduce((all, row) => all + row[column], 0)
  const images = [...new Set(attacks.map(({ dataset, split }) => `${dataset} ${split}`))]
  return `${own < networks ? `${own} of them ` : ''}attacked ${many(sum('attacked'), 'time')} on images of ${images.join(' and ')}, fooled ${many(sum('successes'), 'time')}`
}

function rankedIn(layers: readonly RankedRows[]): string {
  const from = [...new Set(layers.flatMap((layer) => layer.from))]
  const ranked = new Set(layers.map(({ rows: [first] }) => rankingKey(first)))
  const images = `images${from.length === 0 ? '' : ` of ${from.join(' and ')}`}`
  return `${images} ranked along the units and along random directions of ${many(ranked.size, 'layer')}`
}

/**
 * The row of images that a page opens with, of the paper's deeper network where there is one: one of each label first.
 */
export function glanceOf(sets: readonly ImageSet[]): ImageSet | undefined {
  const fooled = sets
    .map((set) => ({ ...set, images: set.images.filter(({ status }) => status === 'success') }))
    .filter(({ images }) => images.length > 0)
  const set =
    FIGURE_NETWORKS.toReversed()
      .map((name) => fooled.find(({ model }) => model === name))
      .find((one) => one !== undefined) ?? fooled.at(0)
  if (!set) return undefined
  const labels = new Set<number>()
  const first = set.images.filter(({ label }) => !labels.has(label) && labels.add(label))
  const others = set.images.filter((image) => !first.includes(image))
  const chosen = [...first, ...others].slice(0, FEW).sort((a, b) => a.label - b.label)
  return { ...set, images: chosen }
}
