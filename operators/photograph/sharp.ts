import { BlindspotError } from '../errors.js'

type Sharp = (typeof import('sharp'))['default']

let loading: Promise<Sharp> | undefined

/**
 * sharp (libvips, libjpeg-turbo), which decodes and encodes photographs. It is an optional dependency: who has no
 * photographs neither loads nor needs it.
 *
 * @throws BlindspotError `missing-package` where it is not installed, or not for this machine
 * @example const { data } = await (await sharp())(bytes).raw().toBuffer({ resolveWithObject: true })
 */
export const sharp = (): Promise<Sharp> =>
  (loading ??= import('sharp').then(
    (module) => module.default,
    (cause: unknown) => {
      throw new BlindspotError(
        'missing-package',
        'photographs and JPEG need the package sharp, which could not be loaded; install it with npm install sharp',
        { cause },
      )
    },
  ))
