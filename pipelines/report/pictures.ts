import { shares } from '../../operators/minimize/box.js'
import type { ImageShape } from '../../operators/records/image.js'
import type { ImageSet, ReportImage } from '../../sinks/report/content.js'
import { shrunk, shrunkShape } from '../../sinks/grid/shrunk.js'
import { dataUri, isPhotograph } from '../../sinks/report/dataUri.js'
import { valuesOf, type Pixels } from '../figures/pixels.js'

/** RMS of the perturbations shown alone, of which mid-grey leaves room for 0.5. */
const MAGNIFIED = 0.12

/** A row with its pixels. */
export interface PictureRow extends Omit<ReportImage, 'names' | 'original' | 'changed' | 'perturbation'> {
  readonly pixels: Pixels
}

/** Longest side of a photograph's picture, pixels. */
const LONGEST = 160

/** A photograph's picture takes so many bytes for each of its values, beside one of others. */
const PACKED = 0.6

/** What an image's picture weighs on a page, about, in bytes. */
export function pictureBytes(shape: ImageShape): number {
  return isPhotograph(shape) ? PACKED * valuesOf(shrunkShape(shape, LONGEST)) : valuesOf(shape)
}

/** The pictures of some rows; their perturbations are magnified alike, to an average RMS that the eye tells from grey. */
export async function pictures(rows: readonly PictureRow[]): Promise<Pick<ImageSet, 'gain' | 'images'>> {
  const sizes = rows.flatMap(({ distortion }) => distortion ?? [])
  const average = sizes.reduce((sum, size) => sum + size, 0) / sizes.length
  const gain = average > 0 && average < Infinity ? Number((MAGNIFIED / average).toPrecision(2)) : 1
  const images = await Promise.all(
    rows.map(async ({ pixels: { shape, box, classes, ...pixels }, ...row }) => {
      const original = shares(pixels.original, box)
      const changed = pixels.changed && shares(pixels.changed, box)
      return {
        ...row,
        names: classes && namesIn(row, classes),
        original: await pictureOf(original, shape),
        ...(changed && {
          changed: await pictureOf(changed, shape),
          perturbation: await pictureOf(
            changed.map((value, i) => 0.5 + gain * (value - original[i])),
            shape,
          ),
        }),
      }
    }),
  )
  return { gain, images }
}

/** The names of the classes that a row speaks of. */
function namesIn(
  { label, target, before, after }: Omit<PictureRow, 'pixels'>,
  classes: readonly string[],
): Readonly<Record<number, string>> {
  const spoken = [label, target, before, after]
  return Object.fromEntries([...classes.entries()].filter(([k]) => spoken.includes(k)))
}

/** A picture as it is, or of a photograph a smaller one. */
function pictureOf(pixels: Float32Array, shape: ImageShape): Promise<string> {
  if (!isPhotograph(shape)) return dataUri(pixels, shape)
  const small = shrunk({ pixels, shape }, LONGEST)
  return dataUri(small.pixels, small.shape, true)
}
