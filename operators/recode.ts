import { concatMap, map, type OperatorFunction } from 'rxjs'
import { unexpected } from './options/unexpected.js'
import { fromBytes, toBytes } from './photograph/bytes.js'
import { throughJpeg } from './photograph/jpeg.js'
import type { AdversarialBatch } from './records/adversarial.js'
import { successes, type ExampleBatch } from './records/example.js'

/** How `recode` stores images: as PNG of 8 bits a value, or as JPEG of a quality, a whole number from 1 to 100. */
export type ImageEncoding = { readonly kind: 'png' } | { readonly kind: 'jpeg'; readonly quality: number }

/** What an image can be stored as. */
const KINDS: readonly ImageEncoding['kind'][] = ['png', 'jpeg']

/**
 * The successful examples as they are after being stored as an image file of 8 bits a value and read again: what is
 * left of a perturbation of less than a 255th.
 *
 * `png` rounds each value to the nearest of 256 levels of the box, and loses nothing else. `jpeg` rounds as well, and
 * then encodes and decodes with libjpeg-turbo as sharp and Pillow have it: YCbCr with the colours at half the width
 * and height (4:2:0) at every quality, the standard's tables of quantisation; one channel is greyscale. It needs the
 * package sharp.
 *
 * AdversarialBatches in, an ExampleBatch for each, beside the clean images as they were.
 *
 * @example
 * const network = await loadClassifier('my-model')
 * const stored = mnist('test', { limit: 16 }).pipe(attack(network), recode({ kind: 'jpeg', quality: 75 }))
 * const { error } = await lastValueFrom(stored.pipe(score([network])))
 *
 * @throws BlindspotError `bad-option` for another kind, or a quality that is no whole number from 1 to 100; in the
 * stream, of JPEG, `bad-data` for images of other than one or three channels, or without a height, and
 * `missing-package` without sharp.
 */
export function recode(encoding: ImageEncoding): OperatorFunction<AdversarialBatch, ExampleBatch> {
  if (typeof encoding !== 'object' || (encoding as unknown) === null)
    throw unexpected('recode', "an encoding, such as { kind: 'png' }", encoding)
  const { kind } = encoding
  if (!KINDS.includes(kind)) throw unexpected('recode', 'the kind png or jpeg', kind)
  if (kind === 'png')
    return map((batch) => {
      const examples = successes(batch)
      const { box } = examples
      return { ...examples, kind, pixels: fromBytes(toBytes(examples.pixels, box), box) }
    })
  const { quality } = encoding
  if (!(Number.isSafeInteger(quality) && quality >= 1 && quality <= 100))
    throw unexpected('recode: quality', 'a whole number from 1 to 100', quality)
  return concatMap(async (batch) => {
    const examples = successes(batch)
    const { box, dataset, split } = examples
    const bytes = await throughJpeg(toBytes(examples.pixels, box), batch.shape, {
      quality,
      name: `${dataset} ${split}`,
    })
    return { ...examples, kind, quality, pixels: fromBytes(bytes, box) }
  })
}
