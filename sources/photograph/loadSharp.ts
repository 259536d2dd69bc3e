import { BlindspotError } from '../../operators/errors.js'

export type Sharp = typeof import('sharp').default

let loaded: Promise<Sharp> | undefined

/**
 * The package that decodes photographs, loaded when the first one comes. It keeps no results: no photograph is decoded twice.
 *
 * @throws BlindspotError `missing-package` where it is not installed, or not for this machine
 */
export function loadSharp(
  load: () => Promise<{ readonly default: Sharp }> = () => import('sharp'),
): Promise<Sharp> {
  loaded ??= load().then(
    ({ default: sharp }) => {
      sharp.cache(false)
      return sharp
    },
    (error: unknown) => {
      loaded = undefined
      const [why] = (error as Error).message.trim().split('\n')
      throw new BlindspotError(
        'missing-package',
        `photographs are decoded by the optional package sharp, which cannot be loaded: npm install sharp (${why})`,
        { cause: error },
      )
    },
  )
  return loaded
}
