/** What went wrong, for a program to branch on. */
export type ErrorCode =
  | 'bad-option' // the call is wrong, another one is what helps: an option, a name, a path with nothing there (exit code 2 on the command line)
  | 'bad-data' // a file or a stream holds something other than it should
  | 'bad-model' // a model on disk cannot be used
  | 'backend' // TensorFlow cannot be had or lacks an operation
  | 'io' // reading or writing failed
  | 'busy' // somebody else is at the same work; it can be done when they have ended
  | 'missing-package' // an optional dependency has to be installed first

/**
 * The one error of this library: says what was expected and what came, names the file, row, column or
 * option, and what to do about it.
 */
export class BlindspotError extends Error {
  override readonly name = 'BlindspotError'

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(printable(message, '\n\t'), options)
  }
}

/**
 * The code of an error of the system about a path: `bad-option` where a folder is where a file is meant, or a file where a folder is,
 * since another path is what helps, else `io`.
 */
export const codeOfPath = (cause: unknown): 'bad-option' | 'io' =>
  ['ENOTDIR', 'EISDIR'].includes((cause as NodeJS.ErrnoException).code ?? '') ? 'bad-option' : 'io'

/**
 * A text with its control characters made visible, as `\x1b`: names and bytes out of files get into messages and tables,
 * and terminals obey them.
 *
 * @param kept control characters that stay, such as the line ends of a text of ours. Default: none
 */
export const printable = (text: string, kept = ''): string =>
  text.replace(/\p{Cc}/gu, (control) =>
    kept.includes(control) ? control : `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )

let say = (message: string): void => process.emitWarning(message)

/** A warning of this process (`process.on('warning')`, or else on stderr). */
export const warn = (message: string): void => say(printable(message, '\n\t'))

const said = new Set<string>()

/** The same, once. */
export function warnOnce(message: string): void {
  if (said.has(message)) return
  said.add(message)
  warn(message)
}

/** Has another function warn in place of this process: for threads, and programs that have words of their own. */
export function warnThrough(listener: (message: string) => void): void {
  say = listener
}
