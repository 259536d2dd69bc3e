import { amplify, type AmplifyOptions } from '../operators/amplify.js'
import type { Classifier } from '../operators/classifier.js'
import { stream } from '../operators/flow/stream.js'
import { score } from '../operators/score.js'
import { readExamples } from '../sources/records.js'
import { acceptedBy } from './steps/acceptedBy.js'
import type { ScoreStep } from './steps/score.js'

/** A Parquet file of examples, and what tells it from any other. */
export interface ExampleFile {
  readonly path: string
  readonly sha256: string
}

/** Perturbations rescaled to one size. */
export interface Amplification extends Required<AmplifyOptions> {
  readonly size: number
}

/** How the examples of a file are shown to models, as they are or amplified: the same step whoever asks for it. */
export function scoredExamples(
  { path, sha256 }: ExampleFile,
  amplification?: Amplification,
): Pick<ScoreStep, 'what' | 'scores'> {
  return {
    what: { examples: sha256, amplification },
    scores: (models: readonly Classifier[]) => {
      const examples = stream(() => readExamples(path, acceptedBy(models)))
      if (!amplification) return examples.pipe(score(models))
      const { size, ...options } = amplification
      return examples.pipe(amplify(size, options), score(models))
    },
  }
}
