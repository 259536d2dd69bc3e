import { classify } from '../../operators/classifier/classify.js'
import type { Classifier } from '../../operators/classifier.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import { successes } from '../../operators/records/example.js'
import type { Payload } from '../../operators/records/codes.js'
import { asStored } from '../../operators/records/payload.js'

/** How many examples are still such once they are stored. */
export interface Survived {
  readonly payload: Payload
  /** Examples, and images that they are of. */
  readonly examples: number
  readonly images: number
  /** Examples whose stored images the attacked model takes for another class than their label. */
  readonly fooling: number
}

/** Counts the examples that survive a payload, by what the attacked model says of them as they will be read. */
export class Survivors {
  #examples = 0
  #images = 0
  #fooling = 0

  constructor(
    readonly model: Classifier,
    readonly payload: Payload,
  ) {}

  /** @param rows of whole images: those of one are in one batch */
  add(rows: AdversarialBatch): void {
    const examples = successes(rows)
    if (examples.index.length === 0) return
    const predicted = classify(this.model, examples, asStored(examples.pixels, this.payload, examples.box))
    this.#examples += predicted.length
    this.#images += new Set(examples.index).size
    this.#fooling += predicted.filter((one, row) => one !== examples.label[row]).length
  }

  /** What has been counted since this was asked last. */
  take(): Survived {
    const survived = {
      ...{ payload: this.payload, examples: this.#examples, images: this.#images },
      fooling: this.#fooling,
    }
    this.#examples = this.#images = this.#fooling = 0
    return survived
  }
}

/** What the files of an attack note of it, together; undefined where they are of float32. */
export function survivedIn(
  files: readonly { readonly metadata: Readonly<Record<string, unknown>> }[],
): Survived | undefined {
  const noted = files.flatMap(({ metadata: { survived } }) => (isSurvived(survived) ? [survived] : []))
  if (noted.length === 0) return undefined
  const sum = (count: (one: Survived) => number) => noted.reduce((total, one) => total + count(one), 0)
  return {
    payload: noted[0].payload,
    examples: sum(({ examples }) => examples),
    images: sum(({ images }) => images),
    fooling: sum(({ fooling }) => fooling),
  }
}

const isSurvived = (value: unknown): value is Survived =>
  typeof value === 'object' &&
  value !== null &&
  'payload' in value &&
  ['examples', 'images', 'fooling'].every((name) =>
    Number.isSafeInteger((value as Record<string, unknown>)[name]),
  )
