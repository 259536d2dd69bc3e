import { BlindspotError } from '../../errors.js'

/** The native backend cannot be had: wasm remains. */
export interface Fallback {
  readonly backend: 'wasm'
  /** What stands in the way. */
  readonly reason: string
  /** What a person can do about it. */
  readonly remedy: string
}

const again = 'then run `blindspot setup`'

/** A step of the set-up that cannot be done here, and what would help. */
export class SetupError extends BlindspotError {
  constructor(
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super('backend', message, options)
  }

  static platform(reason: string): SetupError {
    return new SetupError(
      reason,
      'everything works on wasm; use Linux with glibc on x64 for the native backend',
    )
  }

  /** @param command what brings it; `reason`: why it was not brought */
  static package(command: string, reason?: string): SetupError {
    const missing = 'the package @tensorflow/tfjs-node is not installed'
    return new SetupError(
      reason === undefined ? missing : `${missing} (${reason})`,
      `\`${command}\` brings it, ${again}`,
    )
  }

  static compiler(): SetupError {
    const own = process.env['CXX']
    const tried = own ? `CXX=${own} does not compile C++17` : 'no C++17 compiler (tried c++, g++, clang++)'
    return new SetupError(tried, `install one (apt install g++, or xcode-select --install), ${again}`)
  }

  static network(reason: string): SetupError {
    return new SetupError(reason, `check the network, pip's mirror or HTTPS_PROXY, ${again}`)
  }

  static space(reason: string): SetupError {
    return new SetupError(reason, `make room or set BLINDSPOT_CACHE to a folder on a larger disk, ${again}`)
  }

  static cache(reason: string): SetupError {
    return new SetupError(reason, again)
  }

  static build(reason: string): SetupError {
    return new SetupError(reason, `try another compiler by CXX=…, ${again}`)
  }

  /** Any error of a step as one of ours; errors that only a mistake in this library explains are thrown. */
  static from(error: unknown): SetupError {
    if (error instanceof SetupError) return error
    const { code, message } = error as NodeJS.ErrnoException
    if (error instanceof BlindspotError)
      return new SetupError(message, `see to it, ${again}`, { cause: error })
    switch (code) {
      case 'ENOSPC':
      case 'EDQUOT':
        return SetupError.space(message)
      case 'EACCES':
      case 'EPERM':
      case 'EROFS': {
        const remedy = `make node_modules and the cache (BLINDSPOT_CACHE) writable for this user, ${again}`
        return new SetupError(message, remedy, { cause: error })
      }
      default:
        if (code === undefined) throw error
        return new SetupError(message, `see to it, ${again}`, { cause: error })
    }
  }

  toFallback(): Fallback {
    return { backend: 'wasm', reason: this.message, remedy: this.remedy }
  }
}
