import type { Observable } from 'rxjs'
import { attack, type AttackOptions } from '../../operators/attack.js'
import type { Classifier, ModelReference } from '../../operators/classifier.js'
import { BlindspotError } from '../../operators/errors.js'
import { consume } from '../../operators/flow/consume.js'
import { progress, type Progress } from '../../operators/flow/progress.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { prefetch } from '../../operators/flow/prefetch.js'
import type { Lake, LakeFile } from '../../sinks/lake/lake.js'
import { identity } from '../../operators/records/identity.js'
import { countImages } from '../countImages.js'
import { takeRight } from '../../operators/takeRight.js'

/** What is attacked, and how. */
export interface AttackStep {
  readonly model: Classifier | ModelReference
  /** `count` images in a fixed order, without the first `skip` of them. */
  readonly images: (skip: number) => Observable<ImageBatch>
  readonly count: number
  /** Rows of a batch of `images`. */
  readonly batchSize: number
  /** What the images and their order are, as JSON, but not how many: part of the step's identity. */
  readonly selection: unknown
  /** Ends after so many images that the model, which has to be a classifier then, gets right. Default: all images. */
  readonly examples?: number | undefined
  readonly options: AttackOptions
  /** Noted in the footers. */
  readonly provenance: Readonly<Record<string, unknown>>
}

export interface IntoOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress: (progress: Progress) => void
}

/** Where a step stands: images read, and images attacked among them. */
interface Reached {
  readonly images: number
  readonly attacked: number
}

/** Part of every attack's identity: raised when a change of the engine changes rows. */
export const ATTACK = 4
/** Rows of an image are 6 kB: a file of these is about 25 MB before compression. */
const ROWS_PER_FILE = 4096

/**
 * Attacks images and writes the table `examples` of a data set, file by file; goes on after the last file that
 * the step has committed, also with a larger number of examples. Gives the step's files in order.
 */
export async function attackInto(
  lake: Lake,
  attackStep: AttackStep,
  into: IntoOptions,
): Promise<readonly LakeFile[]> {
  const what = whatOf(attackStep)
  const step = identity(what)
  return lake.exclusively(step, () => goOn(lake, { step, what, ...attackStep }, into))
}

/** The run of an attack: its step, whatever its number of images. */
export const attackRun = (attack: Pick<AttackStep, 'model' | 'selection' | 'options'>): string =>
  identity(whatOf(attack))

function whatOf({ model, selection, options }: Pick<AttackStep, 'model' | 'selection' | 'options'>) {
  // how searches are shared out changes no row
  const chosen = { ...options, batchSize: undefined, workers: undefined }
  return {
    attack: ATTACK,
    ...{ name: model.name, weights: model.weightsHash },
    ...{ selection, options: chosen },
  }
}

async function goOn(
  lake: Lake,
  {
    step,
    what,
    model,
    images,
    count,
    batchSize,
    examples,
    options,
    provenance,
  }: AttackStep & { readonly step: string; readonly what: Readonly<Record<string, unknown>> },
  { signal, onProgress }: IntoOptions,
): Promise<readonly LakeFile[]> {
  const files = () => lake.files({ table: 'examples', step })
  const done = reachedBy(files())
  const left = examples === undefined ? Infinity : examples - done.attacked
  if (done.images >= count || left <= 0) return files()

  let reached: Reached = done
  const parts = lake.parts('examples', {
    step,
    partition: { source: model.name },
    provenance: { ...provenance, ...what, sourceModel: model.name },
    rowsPerFile: ROWS_PER_FILE,
    metadata: () => ({ ...reached, weights: model.weightsHash }),
  })
  const rows = images(done.images).pipe(
    left < Infinity && 'logits' in model ? takeRight(model, left) : (all) => all,
    prefetch(1),
    attack(model, { ...options, run: step }),
    progress({
      label: `attack ${model.name}${options.goal === 'untargeted' ? ' untargeted' : ''}`,
      unit: 'images',
      total: options.cases ? undefined : Math.min(left, count - done.images),
      count: (batch) => (left < Infinity ? countImages(batch).attacked : countImages(batch).images),
      onProgress,
    }),
  )
  try {
    await consume(
      rows,
      async (batch) => {
        const { images: read, attacked } = countImages(batch)
        // images that are no case have no row
        const whole = options.cases ? batchSize : read
        reached = { images: reached.images + whole, attacked: reached.attacked + attacked }
        if (batch.index.length > 0) await parts.write(batch)
      },
      { signal },
    )
    await parts.close()
  } catch (error) {
    // what an interruption leaves is whole rows: worth keeping
    if (signal?.aborted) await parts.flush()
    else await parts.abort()
    throw error
  }
  return files()
}

function reachedBy(files: readonly LakeFile[]): Reached {
  const last = files.at(-1)
  const noted = (name: keyof Reached) => {
    const value = last?.metadata[name] ?? 0
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    throw new BlindspotError(
      'bad-data',
      `${last?.path}: expected a number of ${name} in its metadata in manifest.json, got ${JSON.stringify(value)}; restore the manifest`,
    )
  }
  return { images: noted('images'), attacked: noted('attacked') }
}
