import { availableParallelism } from 'node:os'
import type { Observable } from 'rxjs'
import { BlindspotError } from '../operators/errors.js'
import type { Progress } from '../operators/flow/progress.js'
import type { ImageBatch } from '../operators/records/image.js'
import { useBackend, type BackendName } from '../operators/tensor/backend.js'
import type { Lake } from '../sinks/lake/lake.js'
import type { Half } from '../sources/select.js'
import { parseSource } from '../sources/source.js'
import { provenance } from './steps/provenance.js'
import { PUBLISHED_SAMPLE } from './tables/published.js'

export interface ExperimentOptions {
  /** Images attacked per network, of those that it gets right. Default 256, as in the paper; with `quick` 64. */
  readonly limit?: number | undefined
  /** Fewer training images and epochs: to see everything run, not to compare with the paper. Default false. */
  readonly quick?: boolean | undefined
  /** Of weights, shuffles, targets and noise. Default 1. */
  readonly seed?: number | undefined
  /** Default: as `useBackend` chooses. */
  readonly backend?: BackendName | undefined
  /** Networks trained side by side. Default: one per core, four at most. */
  readonly workers?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** Images in a fixed order. */
export interface ExperimentImages {
  /** SOURCE that they are of. */
  readonly source: string
  readonly count: number
  /** Their identity, for the steps. */
  readonly selection: Readonly<Record<string, unknown>>
  readonly batchSize: number
  readonly open: (skip?: number, limit?: number) => Observable<ImageBatch>
}

/** What the tables of the paper share: the data set, the images and how everything is made. */
export interface Experiment {
  readonly lake: Lake
  readonly seed: number
  readonly quick: boolean
  readonly limit: number
  readonly backend: BackendName
  readonly workers: number
  /** The training images in the seed's order, all or (quick) the first of them. */
  readonly images: ExperimentImages
  /** One half of the training images, all or (quick) the first of them. */
  readonly half: (half: Half) => Promise<ExperimentImages>
  /** The test images. */
  readonly test: () => Promise<ExperimentImages>
  readonly provenance: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: Progress) => void
}

const QUICK_SAMPLE = 64
const QUICK_IMAGES = 10_000
const MOST_WORKERS = 4
const BATCH = 256

/**
 * An experiment in a data set.
 *
 * @throws BlindspotError `bad-option` where the folder holds the results of another seed or of `quick`.
 */
export async function openExperiment(lake: Lake, options: ExperimentOptions): Promise<Experiment> {
  const { quick = false, seed = 1, signal, onProgress = () => undefined } = options
  const { limit = quick ? QUICK_SAMPLE : PUBLISHED_SAMPLE } = options
  const { workers = Math.min(availableParallelism(), MOST_WORKERS) } = options
  const backend = await useBackend(options.backend)
  refuseOthers(lake, seed, quick)
  return {
    lake,
    seed,
    quick,
    limit,
    backend: backend.name,
    workers,
    images: await imagesOf('mnist:train', seed, quick ? QUICK_IMAGES : Infinity),
    half: (half) => imagesOf(`mnist:train/${half}`, seed, quick ? QUICK_IMAGES / 2 : Infinity),
    test: () => imagesOf('mnist:test', seed, Infinity),
    provenance: { ...(await provenance()), seed, quick },
    signal,
    onProgress,
  }
}

/** The images of a SOURCE in the seed's order; at most so many. */
async function imagesOf(text: string, seed: number, most: number): Promise<ExperimentImages> {
  const source = parseSource(text)
  const count = Math.min(most, (await source.count()) ?? Infinity)
  return {
    source: text,
    count,
    selection: { ...(await source.identity()), shuffle: seed, count },
    batchSize: BATCH,
    open: (skip = 0, limit = count) =>
      source.open({ shuffle: seed, skip, limit: Math.min(limit, count - skip), batchSize: BATCH }),
  }
}

function refuseOthers(lake: Lake, seed: number, quick: boolean): void {
  for (const { metadata } of lake.files({ table: 'models' })) {
    const { seed: otherSeed, quick: otherQuick } = metadata
    if (otherSeed === seed && otherQuick === quick) continue
    throw new BlindspotError(
      'bad-option',
      `${lake.folder} holds the results of seed ${String(otherSeed)}${otherQuick ? ' with --quick' : ''}, ` +
        `not of seed ${seed}${quick ? ' with --quick' : ''}; choose another folder with --out`,
    )
  }
}
