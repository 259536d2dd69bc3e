import { Command, InvalidArgumentError, Option } from 'commander'
import { printable } from '../../operators/errors.js'
import { jsonLine } from './jsonLine.js'
import type { Backend, BackendName } from '../../operators/tensor/backend.js'

/** Aborted by the first interrupt; a second one ends the process. */
export const interrupt = new AbortController()

/** Options of every command. */
export interface CommonOptions {
  readonly json?: boolean
  readonly backend?: BackendName
}

/** A command with the options that all have. */
export function command(
  name: string,
  { json = 'print results as JSON, a line each, and no progress' } = {},
): Command {
  return new Command(name)
    .option('--json', json)
    .addOption(
      new Option('--backend <name>', 'of TensorFlow.js; default: the fastest that loads').choices([
        'native',
        'wasm',
        'cpu',
      ]),
    )
}

/**
 * Prints a result: as JSON with `--json`, several each on a line, its fields named as the columns of tables are; else the lines of
 * its text, of which a table is several. `docs/cli.md` has the fields of each command, from `jsonFields.ts`.
 */
export function print({ json }: CommonOptions, value: object, ...lines: readonly string[]): void {
  if (!json) return console.log(lines.map((line) => printable(line, '\n')).join('\n'))
  for (const one of Array.isArray(value) ? (value as readonly object[]) : [value]) console.log(jsonLine(one))
}

/** Standard output, where a folder could be. */
export const WIRE = '-'

/** A folder's path. */
export function folder(text: string): string {
  if (text !== '' && text !== WIRE) return text
  const got = text === WIRE ? ', got standard output; ./- is a folder of that name' : ''
  throw new InvalidArgumentError(`expected a folder${got}`)
}

/** A folder's path, or `-` for standard output. */
export const folderOrWire = (text: string): string => (text === WIRE ? text : folder(text))

/** An interruption of work of which nothing is kept; the message says so. */
export class Unkept extends Error {}

/** Says once on stderr that the backend is a slow one that nobody chose, and how to get the fast one. */
export async function sayFallback(options: CommonOptions): Promise<void> {
  const { useBackend } = await import('../../operators/tensor/backend.js')
  sayFallbackOf(options, await useBackend(options.backend))
}

/** Says on stderr that a loaded backend is a slow one that nobody chose, and how to get the fast one. */
export function sayFallbackOf({ json }: CommonOptions, { name, fallbackReason, note }: Backend): void {
  if (note !== undefined && !json) console.error(`backend: ${name}; ${note}`)
  if (fallbackReason === undefined || json) return
  console.error(`backend: ${name}, slower than native (${fallbackReason}); see blindspot setup`)
}

/** An option's whole number. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (Number.isSafeInteger(value) && value >= least && text.trim() !== '') return value
    throw new InvalidArgumentError(`expected a whole number of at least ${least}`)
  }
}

/** An option's number over 0, or from 0. */
export function number({ zero = false } = {}): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (Number.isFinite(value) && (zero ? value >= 0 : value > 0) && text.trim() !== '') return value
    throw new InvalidArgumentError(`expected a number ${zero ? 'of at least 0' : 'over 0'}`)
  }
}

/** An option's whole numbers from `least` to `most`, given apart or with commas. */
export function wholes(least: number, most: number): (text: string, before?: number[]) => number[] {
  return (text, before = []) => {
    const values = text.split(',').map(whole(least))
    if (values.every((value) => value <= most)) return [...before, ...values]
    throw new InvalidArgumentError(`expected whole numbers from ${least} to ${most}`)
  }
}

/** An option's numbers, given apart or with commas. */
export function numbers(options?: { zero?: boolean }): (text: string, before?: number[]) => number[] {
  return (text, before = []) => [...before, ...text.split(',').map(number(options))]
}
