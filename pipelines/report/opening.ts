import type { ImageSet } from '../../sinks/report/content.js'
import { rankingKey } from '../tables/comparedBases.js'
import type { Attack, Measured } from '../tables/measured.js'
import { FIGURE_NETWORKS } from '../tables/published.js'
import type { RankedRows } from '../tables/rankedLayers.js'
import { many } from '../tables/words.js'

/** Images of the row that the page opens with. */
const FEW = 10

/** What a data set is of, in one sentence. */
export function sentenceOf(
  { models, attacks, scores, quick }: Measured,
  layers: readonly RankedRows[],
  scored: number,
): string {
  const networks = new Set([
    ...models.keys(),
    ...attacks.map((row) => row.source_model),
    ...scores.map((row) => row.model),
    ...layers.map(({ rows: [{ model }] }) => model),
  ])
  const parts = [
    ...(attacks.length === 0 ? [] : [attacked(attacks)]),
    ...(scored === 0 ? [] : [`asked for ${many(scored, 'answer')} to examples, noise and clean images`]),
    ...(layers.length === 0 ? [] : [rankedIn(layers)]),
  ]
  if (networks.size === 0) return 'Nothing was done here yet.'
  if (parts.length === 0) return `${many(networks.size, 'network')}, trained and not attacked yet.`
  const aside = quick
    ? ' Made with --quick: smaller training sets and few epochs, not comparable with the paper.'
    : ''
  return `${many(networks.size, 'network')}: ${parts.join('; ')}.${aside}`
}

function attacked(attacks: readonly Attack[]): string {
  const sum = (column: 'attacked' | 'successes') => attacks.reduce((all, row) => all + row[column], 0)
  const images = [...new Set(attacks.map(({ dataset, split }) => `${dataset} ${split}`))]
  return `attacked ${many(sum('attacked'), 'time')} on images of ${images.join(' and ')}, fooled ${many(sum('successes'), 'time')}`
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
