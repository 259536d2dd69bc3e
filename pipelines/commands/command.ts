import { Command, InvalidArgumentError, Option } from 'commander'
import { printable } from '../../operators/errors.js'
import { fold } from '../../sinks/table/fold.js'
import { jsonLine } from './jsonLine.js'
import type { BackendName } from '../../operators/tensor/backend.js'

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
 * its text, of which a table is several, on a terminal in its width. `docs/cli.md` has the fields of each command, from `jsonFields.ts`.
 */
export function print({ json }: CommonOptions, value: object, ...lines: readonly string[]): void {
  if (!json) return console.log(lines.map((line) => inWidth(printable(line, '\n'))).join('\n'))
  for (const one of Array.isArray(value) ? (value as readonly object[]) : [value]) console.log(jsonLine(one))
}

/** Columns of the terminal that results go to; any number elsewhere. */
export const widthOfOutput = (): number => (process.stdout.isTTY ? process.stdout.columns : Infinity)

/** A text in lines of the terminal's width, folded between words. */
export const inWidth = (text: string): string =>
  text
    .split('\n')
    .flatMap((line) => fold(line, widthOfOutput(), false))
    .join('\n')

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

/** Runs work of which an interruption leaves nothing; `left` says what is true then. */
export async function unkept<T>(left: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw interrupt.signal.aborted ? new Unkept(`interrupted; ${left}`) : error
  }
}

/** Takes the backend that is asked for, before anything else is read; a slow one that nobody chose is a warning. */
export async function takeBackend({ backend }: CommonOptions): Promise<void> {
  const { useBackend } = await import('../../operators/tensor/backend.js')
  await useBackend(backend)
}

/** An option's whole number. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (Number.isSafeInteger(value) && value >= least && text.trim() !== '') return value
    throw new InvalidArgumentError(`expected a whole number of at least ${least}`)
  }
}

/** From 0 on or above it, and up to which number. */
interface NumberRange {
  readonly zero?: boolean
  readonly most?: number
}

/** An option's number over 0, or from 0. */
export function number({ zero = false, most = Infinity }: NumberRange = {}): (text: string) => number {
  return (text) => {
    const value = Number(text)
    const isIn = (zero ? value >= 0 : value > 0) && value <= most && Number.isFinite(value)
    if (isIn && text.trim() !== '') return value
    const end = most < Infinity ? ` and at most ${most}` : ''
    throw new InvalidArgumentError(`expected a number ${zero ? 'of at least 0' : 'over 0'}${end}`)
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
export function numbers(options?: NumberRange): (text: string, before?: number[]) => number[] {
  return (text, before = []) => [...before, ...text.split(',').map(number(options))]
}
