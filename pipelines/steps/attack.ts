import { identity as unchanged, type MonoTypeOperatorFunction } from 'rxjs'
import { attack, type AttackOptions } from '../../operators/attack.js'
import type { Classifier, ModelReference } from '../../operators/classifier.js'
import { attackThreads, defaultWorkers } from '../../operators/engine/threads.js'
import { consume } from '../../operators/flow/consume.js'
import { prefetch } from '../../operators/flow/prefetch.js'
import { progress } from '../../operators/flow/progress.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { takeRight } from '../../operators/takeRight.js'
import { countImages, reachedBy } from './attackedImages.js'
import { attackIdentity, attackOptionsOf, attackSchema, type AttackSpec } from './attackSpec.js'
import { BATCH, openImages } from './images.js'
import { requireSameModel } from './requireSameModel.js'
import type { Effort, Step, StepKind, Work } from './stepKind.js'

/**
 * The step that attacks a model and writes the table `examples`, whose rows it goes on after; with a larger `limit`, or
 * more `examples`, it adds to what is there.
 *
 * @example
 * await perform(lake, attackStep({ model: { path: 'networks/FC10(1)' }, images: { source: 'mnist:test' } }), { limit: 256 })
 */
export function attackStep(spec: AttackSpec, needs: readonly string[] = []): Step<AttackSpec> {
  const aim = spec.goal === undefined || spec.goal === 'random' ? '' : ` ${spec.goal}`
  return { kind: 'attack', name: `attack ${spec.model.name ?? spec.model.path}${aim}`, spec, needs }
}

/** Rows of an image are 6 kB: a file of these is about 25 MB before compression. */
const ROWS_PER_FILE = 4096

export const attackKind: StepKind<AttackSpec> = {
  ...attackIdentity,
  tables: ['examples'],
  schema: attackSchema,
  async write(spec, work) {
    const { effort } = work
    const model = await work.models.reference(spec.model)
    requireSameModel(work, model, 'examples')
    const images = await openImages(spec.images)
    const options = await attackOptionsOf(spec, work)
    const end = Math.min(effort.limit ?? Infinity, images.count)
    const done = reachedBy(work.committed('examples'))
    const left = effort.examples === undefined ? Infinity : effort.examples - done.attacked
    if (done.images >= end || left <= 0) return

    const { attacked, versions } = await attackerFor(spec, model, work)
    let reached = done
    const rows = await work.parts('examples', {
      partition: { source: model.name },
      provenance: { images: images.noted, sourceModel: model.name },
      versions,
      metadata: () => ({ ...reached, weights: model.weightsHash }),
      check: (committed) => requireSameModel(committed, model, 'examples'),
      rowsPerFile: ROWS_PER_FILE,
    })
    const stream = images.between(done.images, end).pipe(
      onlyRight(attacked, left),
      prefetch(1),
      attack(attacked, { ...options, ...effortOf(effort), run: work.id }),
      progress({
        label: `attack ${model.name}${options.goal === 'untargeted' ? ' untargeted' : ''}`,
        unit: 'images',
        total:
          options.cases || Math.min(left, end) === Infinity ? undefined : Math.min(left, end - done.images),
        count: (batch) => (left < Infinity ? countImages(batch).attacked : countImages(batch).images),
        onProgress: effort.onProgress ?? (() => undefined),
      }),
    )
    await consume(
      stream,
      async (batch) => {
        const { images: read, attacked: more } = countImages(batch)
        // images that are no case have no row
        const whole = options.cases ? Math.min(BATCH, end - reached.images) : read
        reached = { images: reached.images + whole, attacked: reached.attacked + more }
        if (batch.index.length > 0) await rows.write(batch)
      },
      { signal: effort.signal },
    )
  },
}

const effortOf = ({ workers, batchSize }: Effort): Pick<AttackOptions, 'workers' | 'batchSize'> => ({
  ...(workers !== undefined && { workers }),
  ...(batchSize !== undefined && { batchSize }),
})

/**
 * What is attacked, and by which versions. That only images count which the model gets right asks for the model in this
 * thread; otherwise threads alone load TensorFlow: this one reads, deals out and writes.
 */
async function attackerFor(
  { model }: AttackSpec,
  reference: ModelReference,
  work: Work,
): Promise<{
  readonly attacked: Classifier | ModelReference
  readonly versions: Readonly<Record<string, string>>
}> {
  const { examples, workers = defaultWorkers(), backend: choice, onBackend } = work.effort
  const attacked = examples === undefined ? reference : await work.models.classifier(model)
  if (examples !== undefined || workers === 0)
    return { attacked, versions: (await work.useBackend()).versions }
  const backend = await attackThreads(workers, choice)[0].backend()
  onBackend?.(backend)
  return { attacked, versions: backend.versions }
}

const onlyRight = (model: Classifier | ModelReference, left: number): MonoTypeOperatorFunction<ImageBatch> =>
  left < Infinity && 'logits' in model ? takeRight(model, left) : unchanged
