import { concatMap, EMPTY, from, of, type Observable } from 'rxjs'
import { layoutOf } from '../../operators/activations.js'
import { coherence } from '../../operators/coherence.js'
import { consume } from '../../operators/flow/consume.js'
import { progress } from '../../operators/flow/progress.js'
import { rank, type RankOptions } from '../../operators/rank.js'
import { countOf } from '../../operators/ranking/basis.js'
import { ENDS, type Coherence } from '../../operators/records/coherence.js'
import { sampleKey, type ImageBatch } from '../../operators/records/image.js'
import type { RankBatch } from '../../operators/records/rank.js'
import type { TableName, Tables } from '../../operators/records/tables.js'
import type { Lake, LakeFile } from '../../sinks/lake/lake.js'
import { hashed } from '../../operators/ranking/settings.js'
import type { IntoOptions } from './attack.js'
import { identity } from '../../operators/records/identity.js'
import { rankPasses, type RankedLayerStep } from './rankPasses.js'
import { SHOWN_IMAGES, shownBases, shownDirections } from '../tables/shownDirections.js'

/** What is ranked, and how. */
export interface RankStep extends RankedLayerStep {
  readonly images: () => Observable<ImageBatch>
  readonly count: number
  /** What the images are, as JSON: part of the step's identity. */
  readonly selection: unknown
  /** Noted in the footers. */
  readonly provenance: Readonly<Record<string, unknown>>
}

/** The files of a step; `images` are those that the figures show. */
export type RankFiles = Readonly<Record<(typeof FILES)[number], LakeFile>>

/** Part of every ranking's identity: raised when a change of it changes rows. */
const RANK = 2
const FILES = ['images', 'ranks', 'coherence'] as const

/**
 * Ranks images along the directions of a layer and writes the tables `ranks` and `coherence` of a data set, and to `images`
 * those that its figures show, unless they are there.
 */
export async function rankInto(lake: Lake, step: RankStep, into: IntoOptions): Promise<RankFiles> {
  const { model, layer, selection } = step
  const { pre = false, pool } = step.activations
  const { pooling, units } = layoutOf(model, layer, pool)
  // what is the same as a default, or as having all, is the same step
  const passes = step.passes.map((options) => withDefaults(options, units, step.count))
  const what = {
    rank: RANK,
    ...{ name: model.name, weights: model.weightsHash, layer, selection },
    ...{ activations: { pre, pool: pooling }, passes: passes.map(optionsOf) },
    controls: { pixels: step.controls?.pixels ?? false, untrained: step.controls?.untrained?.weightsHash },
  }
  const id = identity(what)
  return lake.exclusively(id, async () => {
    const done = filesOf(lake, id)
    if (done) return done
    await write(lake, id, { ...step, passes }, into)
    const written = filesOf(lake, id)
    if (!written) throw new Error(`the ranks of step ${id} were committed and are not there`)
    return written
  })
}

/** @throws BlindspotError `bad-option` where a basis has fewer directions than are asked for. */
function withDefaults(options: RankOptions, units: number, images: number): RankOptions {
  const { basis = 'unit', count = units, top = 64, seed = 1, center = false, control = true } = options
  for (const one of [basis].flat()) if (typeof one === 'string') countOf(one, units, count)
  return { basis, count, top: Math.min(top, images), seed, center, control }
}

/** Options as JSON. */
const optionsOf = ({ basis = 'unit', ...rest }: RankOptions) => ({
  ...rest,
  basis: [basis].flat().map(hashed),
})

function filesOf(lake: Lake, step: string): RankFiles | undefined {
  const [images, ranks, rows] = FILES.map((table) => lake.files({ table, step }).at(0))
  return images && ranks && rows && { images, ranks, coherence: rows }
}

async function write(
  lake: Lake,
  id: string,
  step: RankStep,
  { signal, onProgress }: IntoOptions,
): Promise<void> {
  const { model, layer, count, passes, provenance } = step
  const batches: RankBatch[] = []
  for (const { phi, options, nameOf = (basis: string) => basis } of rankPasses(step)) {
    const ranked = step.images().pipe(
      phi,
      progress({
        label: `rank ${model.name} ${layer}`,
        unit: 'images',
        total: count,
        count: ({ index }) => index.length,
        onProgress,
      }),
      rank({ ...options, run: id }),
    )
    await consume(ranked, (batch) => void batches.push({ ...batch, basis: nameOf(batch.basis) }), { signal })
  }
  const rows: Coherence[] = []
  await consume(from(batches).pipe(coherence({ ends: ENDS })), (some) => void rows.push(...some), { signal })

  async function file<Name extends TableName>(table: Name, values: Observable<Tables[Name]>): Promise<void> {
    const writer = lake.writer(table, {
      step: id,
      partition: { name: model.name },
      provenance: { ...provenance, model: model.name, weights: model.weightsHash, layer },
      // what tells two runs of a layer apart beside what their rows say
      metadata: { weights: model.weightsHash, layer, seed: passes.at(0)?.seed },
    })
    try {
      await consume(values, (value) => writer.write(value as Parameters<typeof writer.write>[0]), { signal })
      await writer.close()
    } catch (error) {
      await writer.abort()
      throw error
    }
  }
  await file('images', step.images().pipe(concatMap(only(shownSamples(batches, rows), id))))
  await file('ranks', from(batches))
  await file('coherence', of(rows))
}

/** Keys of the samples that the figures show; of the control the first. */
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

/** Of batches the rows of some samples, as a run keeps them. */
function only(samples: ReadonlySet<string>, run: string): (batch: ImageBatch) => Observable<ImageBatch> {
  return (batch) => {
    const { dataset, split, index, label, pixels } = batch
    const rows = [...index.keys()].filter((row) => samples.has(sampleKey(dataset, split, index[row])))
    if (rows.length === 0) return EMPTY
    const size = pixels.length / index.length
    const chosen = new Float32Array(rows.length * size)
    rows.forEach((row, i) => chosen.set(pixels.subarray(row * size, (row + 1) * size), i * size))
    return of({
      ...batch,
      run,
      index: Int32Array.from(rows, (row) => index[row]),
      label: Int32Array.from(rows, (row) => label[row]),
      pixels: chosen,
    })
  }
}
