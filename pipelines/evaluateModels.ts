import { consume } from '../operators/flow/consume.js'
import { score } from '../operators/score.js'
import { useBackend, type BackendName } from '../operators/tensor/backend.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { parseSource } from '../sources/source.js'
import { proportion, type Estimate } from './tables/statistics.js'

export interface Evaluation {
  readonly model: string
  /** Where the model was loaded from. */
  readonly path: string
  readonly images: number
  readonly errors: number
  /** Share of images that are wrong, with its Wilson 95 % interval. */
  readonly error: Estimate
}

/** Error rates of models on the images of a SOURCE. */
export async function evaluateModels(
  models: readonly string[],
  options: {
    readonly data: string
    readonly limit?: number | undefined
    readonly backend?: BackendName | undefined
  },
  signal?: AbortSignal,
): Promise<readonly Evaluation[]> {
  const source = parseSource(options.data)
  await useBackend(options.backend)
  const rows: Evaluation[] = []
  for (const path of models) {
    const classifier = await loadClassifier(path)
    try {
      let [images, errors] = [0, 0]
      await consume(
        source.open({ limit: options.limit }).pipe(score([classifier])),
        ({ error }) => {
          images += error.length
          errors += error.reduce((sum, one) => sum + one, 0)
        },
        { signal },
      )
      rows.push({ model: classifier.name, path, images, errors, error: proportion(errors, images) })
    } finally {
      classifier.dispose()
    }
  }
  return rows
}
