import { takeWhile } from 'rxjs'
import { SEARCH_DEFAULTS } from '../operators/minimize/boundarySearch.js'
import type { PlainGoal } from '../operators/records/codes.js'
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
import { openDatabase } from '../sources/duckdb.js'
import { attackInto, attackRun, type AttackStep, type IntoOptions } from './steps/attack.js'
import { imagesOf, provenance } from './steps/provenance.js'
import { requireSameModel } from './steps/requireSameModel.js'
import { attackSummary, type AttackNumbers } from './tables/attackSummary.js'

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

export interface AttackSummary extends AttackNumbers {
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
  const step: AttackStep = {
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
  }
  const files = (await attackInto(lake, step, into)).map(({ path }) => path)
  const database = await openDatabase([{ table: 'examples', paths: files }])
  try {
    const first = cases || count === Infinity ? undefined : count
    return { ...(await attackSummary(database, { run: attackRun(step), first })), files }
  } finally {
    database.close()
  }
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
