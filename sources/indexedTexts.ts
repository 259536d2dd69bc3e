import { BlindspotError } from '../operators/errors.js'
import { HALVES, seedOf, type Half, type SelectOptions } from './select.js'
import type { TextOption } from './textOptions.js'

/** Checks that options which are names are. */
export function checkNames<Name extends string>(
  owner: string,
  options: Readonly<Partial<Record<Name, unknown>>>,
  names: readonly Name[],
): void {
  for (const name of names)
    if (options[name] !== undefined && (typeof options[name] !== 'string' || options[name] === ''))
      throw new BlindspotError(
        'bad-option',
        `${owner}: ${name}: expected a name, got ${JSON.stringify(options[name])}`,
      )
}

/** An option whose value is a name. */
export const nameText = <Name extends string>(
  name: Name,
  form: string,
): TextOption<Readonly<Partial<Record<Name, string | undefined>>>> => ({
  form,
  read: (value) =>
    value === '' ? undefined : ({ [name]: value } as Readonly<Partial<Record<Name, string>>>),
  write: (options) => options[name],
})

/** `half=P1` or `half=P2`. */
export const halfText: TextOption<{ readonly half?: Half | undefined }> = {
  form: HALVES.map((half) => `half=${half}`).join(' or '),
  read(value) {
    const half = HALVES.find((name) => name === value)
    return half && { half }
  },
  write: ({ half }) => half,
}

/** `shuffle=1`. */
export const shuffleText: TextOption<Pick<SelectOptions, 'shuffle'>> = {
  form: 'shuffle=SEED',
  read: (value) =>
    /^\d+$/.test(value) && Number.isSafeInteger(Number(value)) ? { shuffle: Number(value) } : undefined,
  write: ({ shuffle }) => seedOf(shuffle)?.toString(),
}
