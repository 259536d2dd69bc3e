import { BlindspotError } from '../../operators/errors.js'

export type Sharp = typeof import('sharp').default

let loaded: Promise<Sharp> | undefined

/**
 * The package that decodes photographs, loaded when the first one comes. It keeps no results: none is decoded twice.
 *
 * @throws BlindspotError `missing-package` where it is not installed, or not for this machine
 */
export function loadSharp(): Promise<Sharp> {
  loaded ??= requireSharp(() => import('sharp'))
  return loaded
}

/** What a module gives, or an error that says what to install. */
export async function requireSharp(load: () => Promise<{ readonly default: Sharp }>): Promise<Sharp> {
  try {
    const { default: sharp } = await load()
    sharp.cache(false)
    return sharp
  } catch (error) {
    const [why] = (error as Error).message.trim().split('\n')
    throw new BlindspotError(
      'missing-package',
      `photographs are decoded by the optional package sharp, which cannot be loaded: npm install sharp (${why})`,
      { cause: error },
    )
  }
}
