import { getSystemErrorName } from 'node:util'

/** What a system says, by its code: why, and what to do. */
const REASONS: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  EACCES: ['permission is denied', 'give it the permission, or choose another'],
  EPERM: ['permission is denied', 'give it the permission, or choose another'],
  EROFS: ['its file system can only be read', 'choose a place that can be written to'],
  ENOENT: ['it is not there', 'look at the path'],
  ENOTDIR: ['a part of its path is a file, where a folder is expected', 'choose another path'],
  EISDIR: ['it is a folder, where a file is expected', 'choose another path'],
  EEXIST: ['something else is there', 'remove it, or choose another path'],
  ENOTEMPTY: ['it is a folder with something in it', 'empty it, or choose another path'],
  ELOOP: ['its links lead in a circle', 'mend the link'],
  ENAMETOOLONG: ['a name in its path is too long', 'choose a shorter path'],
  EINVAL: ['its file system does not allow that', 'choose a place on another'],
  EXDEV: ['two file systems are in it', 'choose a place on one'],
  EBUSY: ['another program has it', 'wait until that has ended'],
  ETXTBSY: ['another program has it', 'wait until that has ended'],
  ENOSPC: ['the disk is full', 'free some space or choose another place, then run again'],
  EDQUOT: ['the quota is used up', 'free some space or choose another place, then run again'],
  EFBIG: ['it becomes larger than a file may be', 'raise the limit (ulimit -f) or choose another place'],
  EIO: ['the disk or the network did not answer', 'look at the disk, then run again'],
  ESTALE: ['the network drive was changed meanwhile', 'run again'],
  ECONNREFUSED: ['nothing answers there', 'look whether the server runs, and at its address'],
  ECONNRESET: ['the connection was cut', 'run again'],
  ETIMEDOUT: ['there was no answer in time', 'look at the network, then run again'],
  ENOTFOUND: ['no such host is known', 'look at the address'],
  EAI_AGAIN: ['no name server answers', 'look at the network, then run again'],
  EPIPE: ['who reads it has left', 'run again'],
}

interface SystemError extends NodeJS.ErrnoException {
  readonly dest?: string
  readonly address?: string
  readonly hostname?: string
  readonly port?: number
}

/** Calls that read, where others write. */
const READING = /^(read|scandir|stat|lstat|statx|fstat|readlink|realpath|opendir|access)/

/**
 * An error of the system, or one that it caused, as a sentence that names the file; undefined for any other.
 *
 * @example `/data/x/page.html cannot be used: a part of its path is a file, where a folder is expected; choose another path (ENOTDIR, mkdir)`
 */
export function systemError(error: unknown): string | undefined {
  const seen = new Set<unknown>()
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at)
    const { code = nameOf(at), syscall, path, dest, address, hostname, port, message } = at as SystemError
    // Node's own checks have codes, too: these are mistakes of who calls it
    if (code === undefined || !/^E[A-Z]+(_[A-Z]+)?$/.test(code) || code.startsWith('ERR_')) continue
    if (syscall === undefined && path === undefined && !(code in REASONS)) continue
    const [why, remedy] = REASONS[code] ?? [message, 'look at the path']
    const what =
      [path, dest].filter(Boolean).join(' or ') ||
      [address ?? hostname, port].filter(Boolean).join(':') ||
      message
    const done = syscall?.startsWith('spawn')
      ? 'started'
      : /^(connect|getaddrinfo)/.test(syscall ?? '')
        ? 'reached'
        : READING.test(syscall ?? '')
          ? 'read'
          : /^open/.test(syscall ?? '')
            ? 'opened'
            : 'written'
    return `${what} cannot be ${done}: ${why}; ${remedy} (${[code, syscall].filter(Boolean).join(', ')})`
  }
  return undefined
}

function nameOf({ errno }: NodeJS.ErrnoException): string | undefined {
  try {
    return errno === undefined ? undefined : getSystemErrorName(errno)
  } catch {
    return undefined
  }
}

/** What is lacking of this installation where a module, or a shared library of one, cannot be loaded; undefined for any other error. */
export function lackingModule(error: unknown): string | undefined {
  const seen = new Set<unknown>()
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at)
    const { code, message } = at as NodeJS.ErrnoException
    const [first] = message.split('\n', 1)
    if (code === 'ERR_DLOPEN_FAILED')
      return `a library of this installation cannot be loaded: ${first}; install what it names, or all packages again (npm ci) on this system`
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') continue
    // Plug'n'Play's mark: it refuses packages what they do not declare
    if ('pnpCode' in at)
      return `Yarn's Plug'n'Play cannot run this: ${first}; put \`nodeLinker: node-modules\` into .yarnrc.yml and \`yarn install\``
    return `this installation is not complete: ${first}; install its packages again (npm ci)`
  }
  return undefined
}
