import { concatMap, EMPTY, from, map, of, tap, type Observable } from 'rxjs'
import { coherence } from '../../operators/coherence.js'
import { consume } from '../../operators/flow/consume.js'
import { progress } from '../../operators/flow/progress.js'
import { rank } from '../../operators/rank.js'
import {
  SHOWN_IMAGES,
  shownBases,
  shownDirections,
  shownGrouping,
} from '../../operators/ranking/shownDirections.js'
import { ENDS, type Coherence } from '../../operators/records/coherence.js'
import { pickRows, sampleKey, type ImageBatch } from '../../operators/records/image.js'
import type { RankBatch } from '../../operators/records/rank.js'
import type { Unreadable } from '../../operators/records/unreadable.js'
import { accounted } from './accounted.js'
import { rankPasses, type RankedLayer } from './rankPasses.js'
import type { Effort } from './stepKind.js'

/** Images of a layer to be ranked. */
export interface RankWork extends RankedLayer {
  readonly images: () => Observable<ImageBatch>
  readonly count: number
  /** Of each label its superclass, by which coherence is measured too. Default: none, by label alone. */
  readonly superclasses?: Int32Array | undefined
}

/** Ranks images along the directions of a layer; of the images those that figures show. */
export async function rankLayer(
  work: RankWork,
  run: string,
  { signal, onProgress = () => undefined }: Pick<Effort, 'signal' | 'onProgress'> = {},
): Promise<{
  readonly ranks: readonly RankBatch[]
  /** Images that could not be read. */
  readonly unreadable: readonly Unreadable[]
  readonly coherence: readonly Coherence[]
  readonly images: Observable<ImageBatch>
}> {
  const { model, layer, count } = work
  const ranks: RankBatch[] = []
  const passes = rankPasses(work)
  const unreadable: Unreadable[] = []
  for (const [i, { phi, options, nameOf = (basis: string) => basis }] of passes.entries()) {
    const ranked = work.images().pipe(
      tap((batch) => {
        if (i === 0) unreadable.push(...(batch.unreadable ?? []))
      }),
      accounted(phi),
      progress({
        label: `rank ${model.name} ${layer}${passes.length > 1 ? ` (${i + 1} of ${passes.length})` : ''}`,
        unit: 'images',
        total: count === Infinity ? undefined : count,
        count: ({ read }) => read.positions,
        onProgress,
      }),
      map(({ out }) => out),
      rank({ ...options, run }),
    )
    await consume(ranked, (batch) => void ranks.push({ ...batch, basis: nameOf(batch.basis) }), { signal })
  }
  const rows: Coherence[] = []
  const measure = (superclasses?: Int32Array) =>
    consume(from(ranks).pipe(coherence({ ends: ENDS, superclasses })), (some) => void rows.push(...some), {
      signal,
    })
  await measure()
  if (work.superclasses) await measure(work.superclasses)
  const shown = shownSamples(ranks, shownGrouping(rows))
  return {
    ranks,
    unreadable,
    coherence: rows,
    images: work.images().pipe(concatMap(only(shown, run))),
  }
}

/** Keys of the samples that the figures show, those of the control's first rows among them. */
function shownSamples(batches: readonly RankBatch[], rows: readonly Coherence[]): ReadonlySet<string> {
  const bases = shownBases([...new Set(batches.map(({ basis }) => basis))])
  const directions = (name: string): readonly number[] => {
    if (name === 'uniform') return [0]
    if (!bases.includes(name)) return []
    const { coherent, random } = shownDirections(rows.filter(({ basis }) => basis === name))
    return [...coherent, ...random]
  }
  return new Set(
    batches.flatMap((batch) => {
      const shown = new Set(directions(batch.basis))
      return Array.from(batch.index, (index, row) =>
        shown.has(batch.direction[row]) && batch.rank[row] <= SHOWN_IMAGES
          ? [sampleKey(batch.dataset[row], batch.split[row], index)]
          : [],
      ).flat()
    }),
  )
}

/** The rows of some samples in some batches, as a run keeps them. */
function only(samples: ReadonlySet<string>, run: string): (batch: ImageBatch) => Observable<ImageBatch> {
  return (batch) => {
    const { dataset, split, index } = batch
    const rows = [...index.keys()].filter((row) => samples.has(sampleKey(dataset, split, index[row])))
    return rows.length === 0 ? EMPTY : of({ ...pickRows(batch, rows), run })
  }
}
