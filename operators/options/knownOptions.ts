import { unexpected } from './unexpected.js'
import { BlindspotError } from '../errors.js'
import { requireMeant } from './meanings.js'

/** The names of the options that there are; TypeScript sees to it that these are all of them. */
export type Known<Options> = Readonly<Record<KeyOf<Options>, true>>
type KeyOf<Options> = Options extends unknown ? Extract<keyof Options, string> : never

/**
 * Refuses options that there are not: TypeScript does so where they are written down, JavaScript nowhere; and
 * those that are not what their names mean everywhere (`requireMeant`). One that is undefined is none.
 *
 * @param of whose options they are
 * @throws BlindspotError `bad-option` for an option that there is not, by name, and for options that are no object
 * @example requireKnown<ScoreOptions>('score', options, { run: true })
 */
export function requireKnown<Options extends object>(
  of: string,
  options: Options,
  known: Known<Options>,
): void {
  const given: unknown = options
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw unexpected(of, 'an object of options', given)
  const names = Object.keys(known)
  const unknown = Object.entries(given).find(([name, value]) => value !== undefined && !names.includes(name))
  if (unknown)
    throw new BlindspotError(
      'bad-option',
      `${of}: there is no option ${unknown[0]}; expected ${names.length === 1 ? 'only' : 'one of'} ${names.join(', ')}`,
    )
  requireMeant(of, given)
}

/** Of options that are those of others, too, the ones that there are. */
export const onlyKnown = <Options extends object>(options: Options, known: Known<Options>): Options =>
  Object.fromEntries(Object.entries(options).filter(([name]) => name in known)) as Options
