import { takeWhile } from 'rxjs'
import { SEARCH_DEFAULTS } from '../operators/minimize/boundarySearch.js'
import type { PlainGoal } from '../operators/records/codes.js'
import { REASONS, STATUSES, type Status } from '../operators/records/adversarial.js'
import { BlindspotError } from '../operators/errors.js'
import { consume } from '../operators/flow/consume.js'
import type { Case } from '../operators/engine/targets.js'
import { attackThreads, defaultWorkers } from '../operators/engine/threads.js'
import type { Backend } from '../operators/tensor/backend.js'
import type { BackendName } from '../operators/tensor/backendName.js'
import { modelReference } from '../operators/tensor/modelReference.js'
import { openLake } from '../sinks/lake/lake.js'
import type { PenaltyName } from '../operators/minimize/penalty.js'
import { readCases } from '../sources/cases.js'
import { parseSource, type Source } from '../sources/source.js'
import { readExamples } from '../sources/records.js'
import { attackInto, type IntoOptions } from './steps/attack.js'
import { imagesOf, provenance } from './steps/provenance.js'
import { requireSameModel } from './steps/requireSameModel.js'
import { bootstrapMean, rate, type Estimate } from './tables/statistics.js'

/** An attack as the command line has it. */
export interface AttackRequest {
  /** Folder with `model.json`, or that file. */
  readonly model: string
  /** What the model is called in the data set. Default: the name in its provenance, or else its folder's. */
  readonly name?: string | undefined
  /** SOURCE. */
  readonly data: string
  readonly goal?: PlainGoal | undefined
  /** This class for every image, in place of a goal. */
  readonly target?: number | undefined
  /** CSV or Parquet file with columns `index, target`. */
  readonly cases?: string | undefined
  /** Only the first so many images, or cases. */
  readonly limit?: number | undefined
  readonly seed?: number | undefined
  readonly batchSize?: number | undefined
  readonly penalty?: PenaltyName | undefined
  readonly maxEvaluations?: number | undefined
  /** Worker threads; 0: this thread. Default: one per core. */
  readonly workers?: number | undefined
  readonly backend?: BackendName | undefined
  /** Folder of the data set. */
  readonly out: string
}

export interface AttackSummary extends Readonly<Record<Status, number>> {
  /** Images attacked: some goals have several rows for an image. */
  readonly images: number
  /** Rows that failed because the network gave NaN or Infinity. */
  readonly nonFinite: number
  /** The share of the attacked rows that fool, and their mean RMS; the N of both intervals is of images. */
  readonly successRate: Estimate
  readonly distortion: Estimate
  /** Parquet files of the rows. */
  readonly files: readonly string[]
}

const BATCH = 256

/**
 * Attacks a model on the images of a SOURCE and writes the table `examples`, going on where a run was cut off.
 *
 * With workers this thread does not load TensorFlow: it reads, deals out and writes.
 */
export async function attackModel(
  request: AttackRequest,
  { onBackend, ...into }: IntoOptions & { readonly onBackend?: (backend: Backend) => void },
): Promise<AttackSummary> {
  const { goal = 'random', target, seed = 1, batchSize = BATCH, limit, out } = request
  const { penalty, maxEvaluations } = request
  const { workers = defaultWorkers() } = request
  const source = parseSource(request.data)
  const computing =
    workers > 0 ? attackThreads(workers, request.backend)[0].backend() : ownBackend(request.backend)
  // that it fails is of interest when it is awaited
  computing.catch(() => undefined)
  const cases = request.cases === undefined ? undefined : (await readCases(request.cases)).slice(0, limit)
  const { name } = request
  const model = await modelReference(request.model, name === undefined ? {} : { name })
  const selection = await source.identity()
  const count = Math.min((await source.count()) ?? Infinity, cases ? Infinity : (limit ?? Infinity))
  if (cases) await requireIndices(source, cases, `${request.cases}`)
  const lake = await openLake(out)
  requireSameModel(lake, model, 'examples')
  const backend = await computing
  onBackend?.(backend)
  const files = await attackInto(
    lake,
    {
      model,
      images: (skip) =>
        source.open({ skip, limit: count < Infinity ? count - skip : undefined, batchSize: BATCH }),
      count,
      batchSize: BATCH,
      selection,
      options: {
        ...(cases ? { cases } : target === undefined ? { goal } : { target }),
        seed,
        batchSize,
        workers,
        ...(penalty === 'norm' && { penalty }),
        maxEvaluations: maxEvaluations ?? SEARCH_DEFAULTS.maxEvaluations,
      },
      provenance: { ...(await provenance(backend.versions)), images: imagesOf(request.data, selection) },
    },
    into,
  )
  return await summaryOf(
    files.map(({ path }) => path),
    cases ? Infinity : count,
  )
}

/** @throws BlindspotError `bad-data` where the source has no image of a case's index */
async function requireIndices(source: Source, cases: readonly Case[], file: string): Promise<void> {
  const missing = new Set(cases.map(({ index }) => index))
  const looked = source.open({ batchSize: BATCH }).pipe(takeWhile(() => missing.size > 0))
  await consume(looked, ({ index }) => index.forEach((at) => missing.delete(at)))
  for (const index of missing)
    throw new BlindspotError('bad-data', `${file}: index ${index} is not in ${source.describe}`)
}

async function ownBackend(
  choice: BackendName | undefined,
): Promise<Backend & { readonly versions: Readonly<Record<string, string>> }> {
  const { backendVersions, useBackend } = await import('../operators/tensor/backend.js')
  return { ...(await useBackend(choice)), versions: await backendVersions() }
}

/** Of the rows of the first `count` images: the step may have more from an earlier call. */
async function summaryOf(files: readonly string[], count: number): Promise<AttackSummary> {
  const counts = STATUSES.map(() => 0)
  let nonFinite = 0
  const images = new Set<number>()
  const attacked = new Set<number>()
  const [distortions, fooled]: [number[], number[]] = [[], []]
  if (files.length > 0) {
    for await (const batch of readExamples(files, { images: false })) {
      batch.status.forEach((status, row) => {
        const sample = batch.index[row]
        images.add(sample)
        if (images.size > count) return
        counts[status]++
        if (REASONS[batch.reason[row]] === 'non-finite') nonFinite++
        if (STATUSES[status] !== 'skipped') attacked.add(sample)
        if (STATUSES[status] !== 'success') return
        distortions.push(batch.distortion[row])
        fooled.push(sample)
      })
    }
  }
  const [success, failed, skipped] = counts
  return {
    ...{ success, failed, nonFinite, skipped },
    images: attacked.size,
    successRate: rate({ rows: success + failed, images: attacked.size, count: success }),
    distortion: bootstrapMean(distortions, fooled),
    files,
  }
}
