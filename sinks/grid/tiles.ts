import { BlindspotError } from '../../operators/errors.js'
import { STATUSES, type AdversarialBatch } from '../../operators/records/adversarial.js'
import { shares, type Box } from '../../operators/minimize/box.js'
import type { ExampleBatch } from '../../operators/records/example.js'
import type { ImageShape } from '../../operators/records/image.js'
import type { Tile } from './page.js'

/** The columns of an attack's rows that tiles are drawn from. */
export type DrawnExamples = Pick<
  AdversarialBatch,
  'shape' | 'label' | 'status' | 'adversarialPrediction' | 'original' | 'adversarial' | 'box'
> & {
  /** Names of the classes by their labels. Default: the labels themselves. */
  readonly classes?: readonly string[]
}

/**
 * Two tiles for each success of an attack: the original with its label, the example with `label → prediction`.
 *
 * @example
 * const writer = new ImageGridWriter('pairs.png', { group: 2 })
 * for await (const batch of readExamples('results/examples')) await writer.write(pairTiles(batch))
 * await writer.close()
 */
export function pairTiles(batch: DrawnExamples): Tile[] {
  const { shape, label, original, adversarial, box } = batch
  return successRows(batch).flatMap((row) => [
    { pixels: imageOf(original, shape, row, box), shape, caption: className(label[row], batch.classes) },
    { pixels: imageOf(adversarial, shape, row, box), shape, caption: fooled(batch, row) },
  ])
}

/**
 * A tile for each success: ½ + (x′ − x) / 2 range, so that 0 is mid-grey, −range black, +range white and what is beyond
 * clamped, with `label → prediction`.
 *
 * @param range in units of the pixel range: say it in the title
 * @throws BlindspotError `bad-option` for a range that is not positive.
 * @example
 * const writer = new ImageGridWriter('perturbations.png')
 * for await (const batch of readExamples('results/examples')) await writer.write(perturbationTiles(batch, 0.25))
 * await writer.close()
 */
export function perturbationTiles(batch: DrawnExamples, range: number): Tile[] {
  if (!(range > 0 && range < Infinity))
    throw new BlindspotError('bad-option', `perturbationTiles: expected a range above 0, got ${range}`)
  const { shape, original, adversarial, box } = batch
  return successRows(batch).map((row) => {
    const from = imageOf(original, shape, row, box)
    const to = imageOf(adversarial, shape, row, box)
    const pixels = from.map((x, i) => 0.5 + (to[i] - x) / (2 * range))
    return { pixels, shape, caption: fooled(batch, row) }
  })
}

/**
 * A tile for each example as it is shown to a model, with `label → prediction`, or the label alone where there is no
 * prediction.
 *
 * @param shape of an image
 * @param predictions [n] a model's classes, -1 where there is none
 * @example
 * const writer = new ImageGridWriter('noise.png')
 * const noisy = mnist('test', { limit: 16 }).pipe(gaussianNoise(0.3))
 * await consume(noisy, (batch) => writer.write(exampleTiles(batch, [28, 28, 1], batch.label)))
 * await writer.close()
 */
export function exampleTiles(
  { label, pixels, box }: Pick<ExampleBatch, 'label' | 'pixels' | 'box'>,
  shape: ImageShape,
  predictions?: ArrayLike<number>,
): Tile[] {
  return Array.from(label, (k, row) => ({
    pixels: imageOf(pixels, shape, row, box),
    shape,
    caption: predictions && predictions[row] >= 0 ? `${k} → ${predictions[row]}` : String(k),
  }))
}

const SUCCESS = STATUSES.indexOf('success')

const successRows = ({ status }: DrawnExamples): number[] =>
  [...status.keys()].filter((row) => status[row] === SUCCESS)

const fooled = ({ label, adversarialPrediction, classes }: DrawnExamples, row: number) =>
  `${className(label[row], classes)} → ${className(adversarialPrediction[row], classes)}`

/** A class's name, or else its label. */
export const className = (label: number, classes: readonly string[] | undefined): string =>
  classes?.[label] ?? String(label)

/** An image in [0, 1]: black at the low end of the box and white at its high one. */
function imageOf(
  images: Float32Array,
  [height, width, channels]: ImageShape,
  row: number,
  box: Box | undefined,
): Float32Array {
  const size = height * width * channels
  return shares(images.subarray(row * size, (row + 1) * size), box)
}
