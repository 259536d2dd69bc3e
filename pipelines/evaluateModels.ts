import { map } from 'rxjs'
import { BlindspotError } from '../operators/errors.js'
import { consume } from '../operators/flow/consume.js'
import { progress, type Progress } from '../operators/flow/progress.js'
import type { Unreadable } from '../operators/records/unreadable.js'
import { evaluate } from '../operators/evaluate.js'
import { parseSource } from '../sources/source.js'
import { useBackend, type BackendName } from '../operators/tensor/backend.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { accounted } from './steps/accounted.js'
import { openImages } from './steps/images.js'
import { requireLabels } from './steps/ownLabels.js'
import { proportion, type Estimate } from './tables/statistics.js'
import { localFolder } from '../sources/objects/localFolder.js'
import { requireArray, requireText } from '../operators/options/requireKinds.js'
import { requireKnown } from '../operators/options/knownOptions.js'

export interface Evaluation {
  readonly model: string
  /** Where the model was loaded from. */
  readonly path: string
  /** Images that could be read. */
  readonly images: number
  readonly errors: number
  /** Images that could not be read. */
  readonly unreadable: number
  /** Share of images that are wrong, with its Wilson 95 % interval. */
  readonly error: Estimate
}

export interface EvaluateOptions {
  /** A SOURCE, such as `mnist:test`. */
  readonly data: string
  /** Only the first so many images. Default: all. */
  readonly limit?: number | undefined
  readonly backend?: BackendName | undefined
  /** A file that says what is done to images, in place of the preprocess.json beside each model.json. */
  readonly preprocess?: string | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/**
 * Error rates of models on the images of a SOURCE, each framed as its model takes them.
 *
 * @throws BlindspotError `bad-data` where of several images none can be read; as `evaluate`
 */
export async function evaluateModels(
  models: readonly string[],
  options: EvaluateOptions,
  signal?: AbortSignal,
): Promise<readonly Evaluation[]> {
  requireKnown<EvaluateOptions>('evaluateModels', options, {
    ...{ data: true, limit: true, backend: true, preprocess: true, onProgress: true },
  })
  requireArray('evaluateModels: models', models, 'paths of models')
  for (const path of models) requireText('evaluateModels: models', path, 'paths of folders with model.json')
  const { data, limit, preprocess, onProgress = () => undefined } = options
  // a text that names no source is said before a model is loaded
  const source = parseSource(data)
  await useBackend(options.backend)
  const rows: Evaluation[] = []
  for (const path of models) {
    const classifier = await loadClassifier(await localFolder(path), { preprocess })
    const { name: model, framing } = classifier
    try {
      const opened = await openImages({ source: data }, { source: () => source }, framing)
      requireLabels(opened, classifier)
      const { count, between } = opened
      const end = Math.min(limit ?? Infinity, count)
      let [images, errors, unreadable] = [0, 0, 0]
      let first: Unreadable | undefined
      const stream = between(0, end).pipe(
        accounted(evaluate(classifier)),
        progress({
          label: `evaluate ${model}`,
          unit: 'images',
          total: end === Infinity ? undefined : end,
          count: ({ read }) => read.positions,
          onProgress,
        }),
        map(({ out, read }) => ({ ...out, lost: read.unreadable })),
      )
      await consume(
        stream,
        (one) => {
          ;({ images, errors } = one)
          first ??= one.lost.at(0)
          unreadable += one.lost.length
        },
        { signal },
      )
      if (images === 0 && first)
        throw new BlindspotError(
          'bad-data',
          `${data}: none of its images (${unreadable}) could be read; the first is ${first.path}: ${first.reason}`,
        )
      rows.push({ model, path, images, errors, unreadable, error: proportion(errors, images) })
    } finally {
      classifier.dispose()
    }
  }
  return rows
}
