import { identity as unchanged, pipe, type MonoTypeOperatorFunction, type OperatorFunction } from 'rxjs'
import { attack } from '../../operators/attack.js'
import type { Classifier, ModelReference } from '../../operators/classifier.js'
import { isLoaded } from '../../operators/classifier/requireClassifier.js'
import { decoupledDirectionNorm } from '../../operators/decoupledDirectionNorm.js'
import { deepFool } from '../../operators/deepFool.js'
import type { CommonAttackOptions } from '../../operators/engine/attackBy.js'
import { attackThreads, defaultWorkers } from '../../operators/engine/threads.js'
import { BlindspotError } from '../../operators/errors.js'
import { consume } from '../../operators/flow/consume.js'
import { prefetch } from '../../operators/flow/prefetch.js'
import { progress } from '../../operators/flow/progress.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import type { Method } from '../../operators/records/codes.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { takeRight } from '../../operators/takeRight.js'
import { accounted, type Read } from './accounted.js'
import { countImages, reachedBy, type Reached } from './attackedImages.js'
import { attackIdentity, attackOptionsOf, attackSchema, type AttackSpec } from './attackSpec.js'
import { openImages, valuesOf, type Opened } from './images.js'
import { modelIdentity } from './modelIdentity.js'
import { modelName } from './modelName.js'
import { OpenCases } from './openCases.js'
import { labelledBy, notedWith } from './ownLabels.js'
import { requireSameModel } from './requireSameModel.js'
import type { CommittedFiles, Effort, Standing, StepKind, Work } from './stepKind.js'
import { Survivors } from './survivors.js'
import { UnreadableRows } from './unreadableRows.js'

/** The operator of each method. */
const ATTACKS: Readonly<
  Record<
    Method,
    (
      model: Classifier | ModelReference,
      options: CommonAttackOptions,
    ) => OperatorFunction<ImageBatch, AdversarialBatch>
  >
> = { 'l-bfgs': attack, deepfool: deepFool, ddn: decoupledDirectionNorm }

/** Rows of a file at most: those of MNIST are 6 kB. */
const ROWS_PER_FILE = 4096
/** Bytes of a file's images at most, before compression. */
const FILE_BYTES = 2 ** 27

/** Rows have an image and its example. */
const rowsPerFile = ({ framing }: ModelReference): number =>
  Math.max(1, Math.min(ROWS_PER_FILE, Math.floor(FILE_BYTES / (8 * valuesOf(framing)))))

export const attackKind: StepKind<AttackSpec> = {
  ...attackIdentity,
  tables: ['examples', 'errors'],
  schema: attackSchema,
  part: ({ shard }) => shard,
  async isDone(spec, standing) {
    const { framing } = await modelIdentity(spec.model, standing)
    return left(spec, await openImages(spec.images, standing.models, framing), standing).nothing
  },
  async write(spec, work) {
    const { effort } = work
    const { method = 'l-bfgs', payload = 'float32' } = spec
    const model = await work.models.reference(spec.model)
    requireSameModel(work, model, 'examples')
    const images = await openImages(spec.images, work.models, model.framing)
    const options = await attackOptionsOf(spec, work)
    const { from, end, done, examples, nothing } = left(spec, images, work)
    const open = options.cases && (await OpenCases.of(spec, options.cases, work))
    if (from + done.images >= images.count) open?.requireAll()
    if (nothing) return

    const { attacked, versions } = await attackerFor(spec, model, work, images.ownClasses !== undefined)
    const provenance = {
      images: isLoaded(attacked) ? notedWith(images, attacked) : images.noted,
      sourceModel: model.name,
    }
    const unreadable = new UnreadableRows(work, { provenance, versions })
    const survivors =
      payload === 'float32' ? undefined : new Survivors(await work.models.classifier(spec.model), payload)
    let reached = done
    let noted = done
    const rows = await work.parts('examples', {
      ...{ partition: { source: model.name }, provenance, versions, payload },
      metadata: () => ({
        ...(noted = reached),
        ...(spec.shard && { from }),
        weights: model.weightsHash,
        ...(survivors && { survived: survivors.take() }),
      }),
      check: (committed) => {
        requireSameModel(committed, model, 'examples')
        requireOwnPositions(spec, work, committed)
      },
      before: () => unreadable.commit(),
      rowsPerFile: rowsPerFile(model),
    })
    const source = { ended: false }
    const isOfExamples = examples < Infinity
    const before = isOfExamples ? done.attacked : done.images
    let readable = done.images
    const attacking = pipe(
      prefetch<ImageBatch>(1),
      ATTACKS[method](attacked, { ...options, ...effortOf(effort), run: work.run }),
    )
    const stream = images.between(from + done.images, end).pipe(
      open ? open.until() : unchanged,
      isLoaded(attacked) ? labelledBy(images, attacked) : unchanged,
      accounted(attacking, {
        ...(done.taken !== undefined && { taken: done.taken }),
        cut: onlyRight(attacked, examples),
        onEnd: () => (source.ended = true),
      }),
      progress({
        // the step's name, with what the model calls itself in place of where it is
        label: work.name.replace(modelName(spec.model), () => model.name),
        unit: 'images',
        before,
        total:
          options.cases || Math.min(examples, end) === Infinity
            ? undefined
            : before + Math.min(examples, end - from - done.images),
        count: ({ out, read }) => (isOfExamples ? countImages(out).attacked : read.positions),
        onProgress: effort.onProgress ?? (() => undefined),
      }),
    )
    await consume(
      stream,
      async ({ out: batch, read }) => {
        await unreadable.add(read.unreadable)
        readable += read.images
        reached = after(reached, read, batch)
        if (batch.index.length === 0) return
        survivors?.add(batch)
        await rows.write(batch)
      },
      { signal: effort.signal },
    )
    await unreadable.requireSome(spec.images.source, reached.images, readable)
    const lacking = open !== undefined && !open.complete
    const isShort = from + reached.images < end
    if (source.ended && isShort && !lacking) reached = { ...reached, ended: true }
    if (reached !== noted) await rows.note()
    if (source.ended && (isShort || end === images.count)) open?.requireAll()
  },
}

/** What of an attack, or of a shard of it, is not done. */
interface Left {
  /** Position of the first image, and that after the last. */
  readonly from: number
  readonly end: number
  /** How far it has come. */
  readonly done: Reached
  /** Images that the model gets right which are left to attack. */
  readonly examples: number
  readonly nothing: boolean
}

function left(
  { shard: [from, to] = [0, Infinity], ...spec }: AttackSpec,
  { count }: Opened,
  standing: Standing,
): Left {
  const { limit = Infinity, examples: asked = Infinity } = standing.effort
  requireOwnPositions({ ...spec, shard: [from, to] }, standing, standing)
  const end = Math.min(limit, count, to)
  const done = reachedBy(standing.committed('examples'))
  const examples = asked - done.attacked
  return {
    from,
    end,
    done,
    examples,
    nothing: done.ended === true || from + done.images >= end || examples <= 0,
  }
}

/** Checks that no other step has some of the same positions of a run: their rows would be there twice. */
function requireOwnPositions(
  { shard: [from, to] = [0, Infinity] }: AttackSpec,
  { id, run }: Standing,
  { folder, files }: CommittedFiles,
): void {
  for (const { step, metadata } of files({ table: 'examples', run })) {
    if (step === id) continue
    const [first, images] = [metadata['from'] ?? 0, metadata['images']].map(Number)
    if (first + images <= from || first >= to) continue
    throw new BlindspotError(
      'bad-option',
      `${folder} has images ${first} to ${first + images - 1} of this attack (run ${run}) ${step === run ? 'in one piece' : 'in shards of another size'}; ` +
        'go on with that, or choose another folder',
    )
  }
}

/** How far an attack has come with what was read for one more batch of rows. */
const after = (reached: Reached, { positions, taken }: Read, rows: AdversarialBatch): Reached => ({
  images: reached.images + positions,
  attacked: reached.attacked + countImages(rows).attacked,
  ...(taken > 0 && { taken }),
})

const effortOf = ({ workers, batchSize }: Effort): Pick<CommonAttackOptions, 'workers' | 'batchSize'> => ({
  ...(workers !== undefined && { workers }),
  ...(batchSize !== undefined && { batchSize }),
})

/**
 * What is attacked, and by which versions. That only images count which the model gets right, or that it labels them, asks for
 * the model in this thread; otherwise threads alone load TensorFlow: this one reads, deals out and writes.
 */
async function attackerFor(
  { model }: AttackSpec,
  reference: ModelReference,
  work: Work,
  isLabelling: boolean,
): Promise<{
  readonly attacked: Classifier | ModelReference
  readonly versions: Readonly<Record<string, string>>
}> {
  const { examples, workers = defaultWorkers(), backend: choice, onBackend } = work.effort
  const isAsked = examples !== undefined || isLabelling
  const attacked = isAsked ? await work.models.classifier(model) : reference
  if (isAsked || workers === 0) return { attacked, versions: (await work.useBackend()).versions }
  const backend = await attackThreads(workers, choice)[0].backend()
  onBackend?.(backend)
  return { attacked, versions: backend.versions }
}

const onlyRight = (model: Classifier | ModelReference, left: number): MonoTypeOperatorFunction<ImageBatch> =>
  left < Infinity && isLoaded(model) ? takeRight(model, left) : unchanged
