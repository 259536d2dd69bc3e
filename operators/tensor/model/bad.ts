import { BlindspotError } from '../../errors.js'

/** The error of a model that cannot be used, with the name of its file. */
export function bad(file: string, message: string, cause?: unknown): BlindspotError {
  return new BlindspotError('bad-model', `${file}: ${message}`, { cause })
}

export function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

/** What `f` says of a file. */
export function inFile<T>(file: string, f: () => T): T {
  try {
    return f()
  } catch (cause) {
    throw cause instanceof BlindspotError ? cause : bad(file, reason(cause), cause)
  }
}
