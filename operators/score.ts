import { concatMap, from, type OperatorFunction } from 'rxjs'
import { requireKnownLabels, type Classifier } from './classifier.js'
import { BlindspotError } from './errors.js'
import { checked, requireClasses } from './classifier/checked.js'
import { requireClassifier } from './classifier/requireClassifier.js'
import { classify } from './classifier/classify.js'
import type { AdversarialBatch } from './records/adversarial.js'
import { clean, successes, type ExampleBatch } from './records/example.js'
import type { ImageBatch } from './records/image.js'
import type { ScoreBatch } from './records/score.js'
import { requireArray } from './options/requireKinds.js'
import { requireKnown } from './options/knownOptions.js'

export interface ScoreOptions {
  /** Identity of the run, copied to the rows of clean and noisy images; those of examples have the attack's. Default ''. */
  readonly run?: string | undefined
}

/**
 * Shows every example to every model: one ScoreBatch per batch and victim, one row per example, with the
 * victim's prediction, whether it is wrong, and whether the victim gets the clean image wrong as well
 * (so that the error can also be taken over the images that it gets right).
 *
 * Takes attack results (their successful rows), amplified, recoded or noisy examples, and clean images.
 *
 * @example
 * const [source, victim] = [await loadClassifier('my-model'), await loadClassifier('victim')]
 * await consume(mnist('test', { limit: 16 }).pipe(attack(source), score([source, victim])), console.log)
 *
 * @throws BlindspotError `bad-option`, at once, for no models or two of one name, `bad-model` for one of one class; in
 * the stream as `evaluate`.
 */
export function score(
  models: readonly Classifier[],
  options: ScoreOptions = {},
): OperatorFunction<AdversarialBatch | ExampleBatch | ImageBatch, ScoreBatch> {
  requireKnown<ScoreOptions>('score', options, { run: true })
  const { run = '' } = options
  requireArray('score: models', models, 'classifiers')
  for (const model of models) requireClassifier('score: models', model)
  const names = models.map(({ name }) => name)
  if (names.length === 0)
    throw new BlindspotError('bad-option', 'score: expected at least one model, got none')
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) {
    throw new BlindspotError(
      'bad-option',
      `score: expected a name of its own for each model, got two of ${twice}; train one with --name, or load it with { name }`,
    )
  }
  for (const model of models) requireClasses(checked(model))
  return concatMap((batch) => {
    const examples = 'adversarial' in batch ? successes(batch) : 'original' in batch ? batch : clean(batch)
    return from(examples.index.length > 0 ? models.map((model) => scoreBy(model, examples, run)) : [])
  })
}

function scoreBy(model: Classifier, examples: ExampleBatch, run: string): ScoreBatch {
  const { kind, goal, sourceModel, stddev, dataset, split, index, label, target, original, pixels } = examples
  const { method = '', options, seed = NaN, clip: clipped = false, quality = -1, path } = examples
  requireKnownLabels(model, examples)
  const prediction = classify(model, examples, pixels)
  const clean = original === pixels ? prediction : classify(model, examples, original)
  return {
    run: examples.run ?? run,
    sourceModel,
    model: model.name,
    kind,
    method,
    goal,
    ...(options !== undefined && { options }),
    stddev,
    seed,
    clip: clipped,
    quality,
    dataset,
    split,
    index,
    label,
    ...(path && { path }),
    target,
    prediction,
    error: Uint8Array.from(prediction, (k, row) => (k === label[row] ? 0 : 1)),
    cleanError: Uint8Array.from(clean, (k, row) => (k === label[row] ? 0 : 1)),
  }
}
