import { EMPTY, map, type Observable, type OperatorFunction } from 'rxjs'
import { amplify } from '../../operators/amplify.js'
import type { Classifier } from '../../operators/classifier.js'
import { gaussianNoise } from '../../operators/gaussianNoise.js'
import { recode } from '../../operators/recode.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import type { ExampleBatch } from '../../operators/records/example.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { examplesCount, examplesIdentity, openExamples } from './examples.js'
import { examplesFor, originalsOf } from './examplesFor.js'
import { openImages, type StepImages } from './images.js'
import { requireLabels } from './ownLabels.js'
import { rowsBetween } from './rowsBetween.js'
import type { Originals, ShownSpec } from './shownSpec.js'
import type { Place, Standing } from './stepKind.js'

/** Rows that are shown, before anything is made of them. */
export type ShownBatch = ImageBatch | AdversarialBatch

/** What is shown: images or examples in a fixed order, and what is made of them. */
export interface Shown {
  /** Rows in all; Infinity where nobody knows. */
  readonly count: number
  /** The rows from `skip` to before `end`, in a form that the victims can be shown. */
  readonly between: (skip: number, end: number, victims: readonly Classifier[]) => Observable<ShownBatch>
  /**
   * The clean images of examples that are not `known`, instead of rows in an order: more examples of one attack come
   * before those of the next, so that a position says nothing.
   */
  readonly originals?: (known: ReadonlySet<string>, victims: readonly Classifier[]) => Observable<ImageBatch>
  /** Whether victims that frame photographs otherwise are shown other pixels, each group its own. Default false. */
  readonly framed?: boolean
  readonly shownAs: OperatorFunction<ShownBatch, ShownBatch | ExampleBatch>
}

/** What is shown as the rows depend on it, without how much of it there is or who sees it. */
export async function shownIdentity(
  shown: ShownSpec,
  place: Place,
): Promise<Readonly<Record<string, unknown>>> {
  if ('images' in shown) {
    const { images, ...how } = shown
    return {
      ...how,
      ...(shown.kind === 'gaussian' && { clip: shown.clip ?? false }),
      images: await imagesIdentity(images, place),
    }
  }
  const { examples, ...how } = shown
  const identity = await examplesIdentity(examples, place)
  return { ...how, ...(shown.kind === 'amplified' && amplification(shown)), examples: identity }
}

/** How many rows there are to be shown, by what is committed alone; undefined where that does not say. */
export async function shownCount(shown: ShownSpec, standing: Standing): Promise<number | undefined> {
  if (!('images' in shown)) return examplesCount(shown.examples, standing)
  return 'source' in shown.images ? (await openImages(shown.images, standing.models)).count : undefined
}

async function imagesIdentity(images: StepImages | Originals, place: Place): Promise<unknown> {
  if ('source' in images) return (await openImages(images, place.models)).identity
  return {
    originals: await Promise.all(images.originals.map((examples) => examplesIdentity(examples, place))),
  }
}

const amplification = ({ norm = 'rms', clip: isCut = false }: ShownSpec & { kind: 'amplified' }) => ({
  norm,
  clip: isCut,
})

/** Opens what is shown: images, examples, or the clean images of examples. */
export async function openShown(shown: ShownSpec, place: Place): Promise<Shown> {
  if ('images' in shown) {
    const shownAs = shown.kind === 'clean' ? map((batch: ShownBatch) => batch) : noise(shown)
    if ('source' in shown.images) {
      const opened = await openImages(shown.images, place.models)
      const { count, between } = opened
      return {
        count,
        // victims of one group frame alike
        between: (skip, end, victims) => {
          for (const victim of victims) requireLabels(opened, victim)
          return between(skip, end, victims[0]?.framing)
        },
        framed: true,
        shownAs,
      }
    }
    const { originals } = shown.images
    const opened = await Promise.all(originals.map((examples) => openExamples(examples, place)))
    const paths = opened.flatMap((examples) => examples.paths)
    return {
      count: Infinity,
      between: () => EMPTY,
      originals: (known, victims) => examplesFor(paths, victims).pipe(originalsOf(known)),
      shownAs,
    }
  }
  const { paths, rows } = await openExamples(shown.examples, place)
  return {
    count: rows,
    between: (skip, end, victims) => examplesFor(paths, victims).pipe(rowsBetween(skip, end)),
    shownAs: changed(shown),
  }
}

/** What is made of examples. */
function changed(shown: Exclude<ShownSpec, { images: unknown }>): Shown['shownAs'] {
  if (shown.kind === 'adversarial') return map((batch) => batch)
  const change = shown.kind === 'amplified' ? amplify(shown.size, amplification(shown)) : recode(shown)
  return change as OperatorFunction<ShownBatch, ExampleBatch>
}

const noise = ({ stddev, seed, ...how }: ShownSpec & { kind: 'gaussian' }) =>
  gaussianNoise(stddev, { seed, clip: how.clip ?? false }) as OperatorFunction<ShownBatch, ExampleBatch>
