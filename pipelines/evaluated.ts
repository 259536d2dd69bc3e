import { map } from 'rxjs'
import { BlindspotError } from '../operators/errors.js'
import { evaluate } from '../operators/evaluate.js'
import { consume } from '../operators/flow/consume.js'
import { progress } from '../operators/flow/progress.js'
import type { Unreadable } from '../operators/records/unreadable.js'
import { useBackend } from '../operators/tensor/backend.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { localFolder } from '../sources/objects/localFolder.js'
import { parseSource } from '../sources/source.js'
import type { EvaluateOptions, Evaluation } from './evaluation.js'
import { accounted } from './steps/accounted.js'
import { openImages } from './steps/images.js'
import { requireLabels } from './steps/ownLabels.js'
import { proportion } from './tables/statistics.js'

/** Evaluates models one after the other, as `evaluateModels` says. */
export async function evaluated(
  models: readonly string[],
  { data, limit, backend, preprocess, onProgress = () => undefined }: EvaluateOptions,
  signal?: AbortSignal,
): Promise<readonly Evaluation[]> {
  // a text that names no source is said before a model is loaded
  const source = parseSource(data)
  await useBackend(backend)
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
