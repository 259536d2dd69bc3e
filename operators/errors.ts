/** What went wrong, for a program to branch on. */
export type ErrorCode =
  | 'bad-option' // the call is wrong: an option, an argument, a name (exit code 2 on the command line)
  | 'bad-data' // a file or a stream holds something other than it should
  | 'bad-model' // a model on disk cannot be used
  | 'backend' // TensorFlow cannot be had or lacks an operation
  | 'io' // reading or writing failed
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
    super(message, options)
  }
}
