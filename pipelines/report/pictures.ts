import type { ImageShape } from '../../operators/records/image.js'
import type { ImageSet, ReportImage } from '../../sinks/report/content.js'
import { dataUri } from '../../sinks/report/dataUri.js'

/** RMS of the perturbations shown alone, of which mid-grey leaves room for 0.5. */
const MAGNIFIED = 0.12

/** An image and what became of it; [values] in the order of its shape. */
export interface Pixels {
  readonly shape: ImageShape
  readonly original: Float32Array
  readonly changed: Float32Array | undefined
}

/** A row with its pixels. */
export interface PictureRow extends Omit<ReportImage, 'original' | 'changed' | 'perturbation'> {
  readonly pixels: Pixels
}

/** Whether a page can show images of a shape: grey or RGB. */
export const canShow = ([, , channels]: ImageShape): boolean => channels === 1 || channels === 3

/** The pictures of some rows; their perturbations are magnified alike, to an average RMS that the eye tells from grey. */
export function pictures(rows: readonly PictureRow[]): Pick<ImageSet, 'gain' | 'images'> {
  const sizes = rows.flatMap(({ distortion }) => distortion ?? [])
  const average = sizes.reduce((sum, size) => sum + size, 0) / sizes.length
  const gain = average > 0 && average < Infinity ? Number((MAGNIFIED / average).toPrecision(2)) : 1
  const images = rows.map(({ pixels: { shape, original, changed }, ...row }) => ({
    ...row,
    original: dataUri(original, shape),
    ...(changed && {
      changed: dataUri(changed, shape),
      perturbation: dataUri(
        changed.map((value, i) => 0.5 + gain * (value - original[i])),
        shape,
      ),
    }),
  }))
  return { gain, images }
}
