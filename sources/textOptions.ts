import { BlindspotError } from '../operators/errors.js'

/** An option of a source's text: how it is read and written, and what a value looks like. */
export interface TextOption<Options> {
  readonly form: string
  /** Whether it has no value. Default false. */
  readonly isFlag?: boolean
  /** Whether it may be there several times. Default false. */
  readonly isMany?: boolean
  /** The option; undefined for a value that is none. */
  read(value: string, before: Options): Partial<Options> | undefined
  /** The option's value, or the values of one that may be there several times; undefined where it is not set. */
  readonly write: (options: Options) => string | readonly string[] | undefined
}
export type TextOptions<Options> = Readonly<Record<string, TextOption<Options>>>

/**
 * Reads options as a source's text has them between `@` and the first `:`, as `split=val,exif`.
 *
 * @param source the whole text, for messages
 * @throws BlindspotError `bad-option`, with the options that there are
 */
export function readOptions<Options extends object>(
  source: string,
  text: string,
  known: TextOptions<Options>,
  none: Options,
): Options {
  let options = none
  const seen = new Set<string>()
  for (const part of text.split(',')) {
    const at = part.indexOf('=')
    const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)]
    const option = Object.hasOwn(known, name) ? known[name] : undefined
    if (option && option.isMany !== true && seen.has(name))
      throw new BlindspotError(
        'bad-option',
        `source ${JSON.stringify(source)}: expected ${name} once, got it again`,
      )
    seen.add(name)
    const read = option?.read(value, options)
    if (read === undefined || at < 0 !== (option?.isFlag ?? false))
      throw new BlindspotError(
        'bad-option',
        `source ${JSON.stringify(source)}: ${JSON.stringify(part)}: expected ${option ? option.form : `an option: ${forms(known)}`}`,
      )
    options = { ...options, ...read }
  }
  return options
}

const forms = <Options>(known: TextOptions<Options>) =>
  Object.values(known)
    .map(({ form }) => form)
    .join(', ')

/** Options as a source's text has them, with the `@` before; empty for none. */
export function optionsText<Options>(options: Options, known: TextOptions<Options>): string {
  const parts = Object.entries(known).flatMap(([name, { isFlag, write }]) => {
    const values = write(options)
    if (values === undefined) return []
    return [values].flat().map((value) => (isFlag ? name : `${name}=${value}`))
  })
  return parts.length === 0 ? '' : `@${parts.join(',')}`
}
