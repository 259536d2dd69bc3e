import { BlindspotError } from '../errors.js'

export type Sharp = typeof import('sharp').default

let loading: Promise<Sharp> | undefined

/**
 * sharp (libvips, libjpeg-turbo), which decodes and encodes photographs, loaded when the first one comes. It is an optional
 * dependency: who has no photographs neither loads nor needs it. It keeps no results: none is decoded twice.
 *
 * @throws BlindspotError `missing-package` where it is not installed, or not for this machine
 * @example const { data } = await (await sharp())(bytes).raw().toBuffer({ resolveWithObject: true })
 */
export const sharp = (): Promise<Sharp> => (loading ??= requireSharp(() => import('sharp')))

/** What a module gives, or an error that says what to install. */
export async function requireSharp(load: () => Promise<{ readonly default: Sharp }>): Promise<Sharp> {
  try {
    const { default: found } = await load()
    found.cache(false)
    return found
  } catch (error) {
    const [why] = (error as Error).message.trim().split('\n')
    throw new BlindspotError(
      'missing-package',
      `photographs are decoded by the optional package sharp, which cannot be loaded: npm install sharp (${why})`,
      { cause: error },
    )
  }
}
