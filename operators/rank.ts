import { concatMap, of, type Observable, type OperatorFunction } from 'rxjs'
import { BlindspotError } from './errors.js'
import { asyncOperator } from './flow/asyncOperator.js'
import { countOf } from './ranking/basis.js'
import type { Placed } from './ranking/extremes.js'
import type { SecondMoments } from './ranking/principal.js'
import type { Ranking } from './ranking/ranking.js'
import { requireUnits } from './ranking/requireUnits.js'
import { settingsOf, type RankOptions, type Settings } from './ranking/settings.js'
import type { StreamedMean } from './ranking/streamedMean.js'
import type { ActivationBatch } from './records/activation.js'
import type { LabelCounts, RankBatch } from './records/rank.js'
import { requireKnown } from './options/knownOptions.js'

export type { RankOptions } from './ranking/settings.js'

/**
 * Ranks the images of a stream by ⟨φ(x), v⟩ along many directions v at once (the paper's section 3), and keeps the first and
 * the last of each. One pass over a stream of any length in memory for directions × top images; the result comes when it
 * has ended, a batch per basis.
 *
 * Exact: a value is the product in double precision of the float32 activations, equal values are ordered by data set, split
 * and index, and rows are the same bits whatever the batch size and the order of the stream. Single units of an activation
 * function that is strictly increasing go by the values before it (`pre`), in the same order: after it those that saturate
 * are equal in float32 alone.
 *
 * @throws BlindspotError `bad-option`, at once or when the first batch says how many units there are; `bad-data` in the
 * stream for an activation that is not finite (it names the image) and for a second layer; with `principal`, for a source
 * that does not give the same again.
 * @example
 * const network = await loadClassifier('my-model')
 * const options = { basis: ['unit', 'rotation'], top: 16 } as const
 * const ranks = mnist('test', { limit: 256 }).pipe(activations(network, network.layers[0]), rank(options))
 * const rows = await lastValueFrom(ranks.pipe(coherence({ k: [16] })))
 */
export function rank(options: RankOptions = {}): OperatorFunction<ActivationBatch, RankBatch> {
  requireKnown<RankOptions>('rank', options, {
    basis: true,
    count: true,
    top: true,
    seed: true,
    center: true,
    control: true,
    run: true,
  })
  const settings = settingsOf(options)
  const { bases, center, count } = settings
  if (!bases.includes('principal')) return rankBy(settings, undefined)
  return (source: Observable<ActivationBatch>) =>
    source.pipe(
      secondMoments(),
      concatMap(({ moments, mean }) => {
        if (mean === undefined) return of()
        const { units } = moments
        const directions = moments.components(countOf('principal', units, count), center)
        const principal = { name: 'principal', units, directions }
        const all = bases.map((basis) => (basis === 'principal' ? principal : basis))
        return source.pipe(rankBy({ ...settings, bases: all }, { images: moments.images, mean }))
      }),
    )
}

/** What is known of a stream that is read twice. */
interface FirstPass {
  readonly moments: SecondMoments
  /** [units] mean activation, the same bits in any order of the images; undefined of an empty stream. */
  readonly mean: Float64Array | undefined
}

function secondMoments(): OperatorFunction<ActivationBatch, FirstPass> {
  return asyncOperator(0, async (input, out) => {
    const { SecondMoments, StreamedMean } = await loaded()
    const moments = new SecondMoments()
    let mean: StreamedMean | undefined
    for await (const batch of input) {
      moments.add(batch)
      if (batch.index.length > 0) (mean ??= new StreamedMean(moments.units)).add(batch)
    }
    if (!out.signal.aborted) await out.emit({ moments, mean: mean?.mean() })
  })
}

/**
 * Ranks by one reading of a stream.
 *
 * @param expected where the stream was read before
 */
function rankBy(
  settings: Settings,
  expected: { readonly images: number; readonly mean: Float64Array } | undefined,
): OperatorFunction<ActivationBatch, RankBatch> {
  return asyncOperator(0, async (input, out) => {
    const { Origins, RankMemory, rankingsOf, StreamedMean } = await loaded()
    const origins = new Origins()
    const labels = new Map<number, number>()
    const rankings: Ranking[] = []
    let first: ActivationBatch | undefined
    let mean: StreamedMean | undefined
    let units = 0
    let images = 0
    try {
      for await (const batch of input) {
        if (batch.index.length === 0) continue
        units = requireUnits(batch, units)
        if (first === undefined || mean === undefined) {
          first = batch
          const memory = new RankMemory()
          mean = new StreamedMean(units, memory)
          // one by one: those that are there are disposed of where the next one is an error
          // and one image more than is kept: whether the last one shares its value
          const more = { ...settings, top: settings.top + 1 }
          for (const ranking of rankingsOf(more, units, batch.pre !== undefined, origins, memory))
            rankings.push(ranking)
        }
        requireSameLayer(first, batch)
        const lengths = mean.add(batch)
        const origin = origins.number(batch.dataset, batch.split)
        for (const ranking of rankings) ranking.add(batch, origin, lengths)
        for (const label of batch.label) labels.set(label, (labels.get(label) ?? 0) + 1)
        images += batch.index.length
      }
      const means = mean?.mean()
      if (
        expected !== undefined &&
        !out.signal.aborted &&
        !(images === expected.images && same(means, expected.mean))
      )
        throw new BlindspotError(
          'bad-data',
          `rank: principal reads the stream twice, which gave ${expected.images} images first and ${images === expected.images ? 'as many others' : images} then; use a source that can be read again`,
        )
      if (first === undefined || means === undefined) return
      const { model, layer, side, pool } = first
      const counts: LabelCounts = [...labels].sort(([a], [b]) => a - b)
      const constants = { run: settings.run, model, layer, side, pool, images, labels: counts }
      for (const ranking of rankings) {
        if (out.signal.aborted) return
        await out.emit({ ...constants, ...rowsOf(ranking, images, means, settings) })
      }
    } finally {
      for (const ranking of rankings) ranking.dispose()
    }
  })
}

/** What ranks is loaded when something is ranked. */
async function loaded() {
  return {
    ...(await import('./ranking/extremes.js')),
    ...(await import('./ranking/kernel.js')),
    ...(await import('./ranking/principal.js')),
    ...(await import('./ranking/rankings.js')),
    ...(await import('./ranking/streamedMean.js')),
  }
}

function requireSameLayer(first: ActivationBatch, batch: ActivationBatch): void {
  if ((first.pre === undefined) !== (batch.pre === undefined))
    throw new BlindspotError(
      'bad-data',
      `rank: some batches of layer ${batch.layer} of ${batch.model} have pre, the values before the activation function, and others none; make all of them in the same way`,
    )
  const differs = (['model', 'layer', 'side', 'pool'] as const).find((key) => first[key] !== batch[key])
  if (differs === undefined) return
  throw new BlindspotError(
    'bad-data',
    `rank: the stream goes from ${differs} ${first[differs]} to ${batch[differs]}; rank one layer of one model at a time`,
  )
}

/** A ranking's rows: where the first and the last overlap, in a short stream, each once. */
function rowsOf(
  ranking: Ranking,
  images: number,
  means: Float64Array,
  { top, center: centered }: Settings,
): Omit<RankBatch, 'run' | 'model' | 'layer' | 'side' | 'pool' | 'images' | 'labels'> {
  const rows = Array.from({ length: ranking.directions }, (_, direction) => {
    const mean = ranking.meanOf(direction, means)
    const endOf = (all: readonly Placed[], rankOf: (i: number) => number) =>
      all.slice(0, top).map((placed, i) => {
        const tied = placed.key === all.at(i + 1)?.key
        return { placed, direction, rank: rankOf(i), mean, tied }
      })
    const first = endOf(ranking.first(direction), (i) => i + 1)
    const last = endOf(ranking.last(direction), (i) => images - i)
    return [...first, ...last.filter(({ rank }) => rank > first.length).reverse()]
  }).flat()
  return {
    basis: ranking.basis,
    centered,
    direction: Int32Array.from(rows, ({ direction }) => direction),
    rank: Int32Array.from(rows, (row) => row.rank),
    dataset: rows.map(({ placed }) => placed.dataset),
    split: rows.map(({ placed }) => placed.split),
    index: Int32Array.from(rows, ({ placed }) => placed.index),
    label: Int32Array.from(rows, ({ placed }) => placed.label),
    value: Float64Array.from(rows, ({ placed, mean }) => (centered ? placed.value - mean : placed.value)),
    mean: Float64Array.from(rows, ({ mean }) => mean),
    ...(ranking.ordered && { pre: Float64Array.from(rows, ({ placed }) => placed.key) }),
    tied: Uint8Array.from(rows, ({ tied }) => (tied ? 1 : 0)),
  }
}

const same = (a: Float64Array | undefined, b: Float64Array) =>
  a?.length === b.length && a.every((value, i) => value === b[i])
