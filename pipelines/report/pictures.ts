import { shares } from '../../operators/minimize/box.js'
import type { ImageSet, ReportImage } from '../../sinks/report/content.js'
import { dataUri } from '../../sinks/report/dataUri.js'
import type { Pixels } from '../figures/pixels.js'

/** RMS of the perturbations shown alone, of which mid-grey leaves room for 0.5. */
const MAGNIFIED = 0.12

/** A row with its pixels. */
export interface PictureRow extends Omit<ReportImage, 'original' | 'changed' | 'perturbation'> {
  readonly pixels: Pixels
}

/** The pictures of some rows; their perturbations are magnified alike, to an average RMS that the eye tells from grey. */
export function pictures(rows: readonly PictureRow[]): Pick<ImageSet, 'gain' | 'images'> {
  const sizes = rows.flatMap(({ distortion }) => distortion ?? [])
  const average = sizes.reduce((sum, size) => sum + size, 0) / sizes.length
  const gain = average > 0 && average < Infinity ? Number((MAGNIFIED / average).toPrecision(2)) : 1
  const images = rows.map(({ pixels: { shape, box, ...pixels }, ...row }) => {
    const original = shares(pixels.original, box)
    const changed = pixels.changed && shares(pixels.changed, box)
    return {
      ...row,
      original: dataUri(original, shape),
      ...(changed && {
        changed: dataUri(changed, shape),
        perturbation: dataUri(
          changed.map((value, i) => 0.5 + gain * (value - original[i])),
          shape,
        ),
      }),
    }
  })
  return { gain, images }
}
