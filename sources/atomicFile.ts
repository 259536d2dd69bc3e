import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { BlindspotError, codeOfPath } from '../operators/errors.js'
import { readTemporaryName, temporaryName } from '../operators/lock/owner.js'
import { makeFolder } from '../operators/lock/makeFolder.js'
import { nameIfAbsent, syncFolder } from './nameIfAbsent.js'

/** A file that is at its name. */
export interface WrittenFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/**
 * A file that is complete or absent: bytes go to a temporary file, `finish` brings them to the disk, `publish`
 * gives them their name, `abort` removes them.
 *
 * The temporary name says which process it belongs to. Errors: `io`, naming the file and the system's reason.
 */
export class AtomicFile {
  #bytes = 0
  readonly #hash = createHash('sha256')
  #sha256: string | undefined
  /** A name that its bytes have. */
  #at: string

  private constructor(
    readonly path: string,
    readonly temporary: string,
    readonly handle: FileHandle,
  ) {
    this.#at = temporary
  }

  /** @param folder where the temporary file goes; has to be on the same file system as `path`. */
  static async create(path: string, folder = dirname(path)): Promise<AtomicFile> {
    const temporary = join(folder, temporaryName(basename(path)))
    try {
      const there = statSync(path, { throwIfNoEntry: false })
      if (there !== undefined && !there.isFile())
        throw new BlindspotError('bad-option', `${path} is there and no regular file; choose another name`)
      makeFolder(dirname(path))
      makeFolder(folder)
      return new AtomicFile(path, temporary, await open(temporary, 'wx'))
    } catch (error) {
      throw writeError(path, error)
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      await this.handle.writeFile(chunk)
    } catch (error) {
      throw writeError(this.path, error)
    }
    this.#hash.update(chunk)
    this.#bytes += chunk.length
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** Waits until the bytes are on the disk, and closes the file. */
  async finish(): Promise<void> {
    try {
      await this.handle.sync()
      await this.handle.close()
    } catch (error) {
      throw writeError(this.path, error)
    }
  }

  /** Gives the finished file its name; synchronous, so that it can be done while a lock is held. */
  publish(): WrittenFile {
    try {
      renameSync(this.temporary, this.path)
      syncFolder(dirname(this.path))
    } catch (error) {
      throw writeError(this.path, error)
    }
    return { path: this.path, ...this.written }
  }

  /** Finishes the file, and gives it its name where nothing has it; says whether it did. */
  async closeIfAbsent(): Promise<boolean> {
    await this.finish()
    try {
      return this.nameIfAbsent(this.path)
    } finally {
      rmSync(this.temporary, { force: true })
    }
  }

  /**
   * Gives the finished file a name where nothing has it; says whether it did. Its bytes stay under the temporary name, too,
   * until it is aborted.
   */
  nameIfAbsent(path: string): boolean {
    try {
      const done = nameIfAbsent(this.#at, path)
      // without links it has one name at a time
      if (done && !existsSync(this.#at)) this.#at = path
      return done
    } catch (error) {
      throw writeError(path, error)
    }
  }

  /** Whether the file that has a name is this one. */
  has(path: string): boolean {
    const own = statSync(this.#at, { bigint: true, throwIfNoEntry: false })
    const there = lstatSync(path, { bigint: true, throwIfNoEntry: false })
    return own !== undefined && own.ino === there?.ino && own.dev === there.dev
  }

  /** What was written, of a finished file. */
  get written(): Omit<WrittenFile, 'path'> {
    return { bytes: this.#bytes, sha256: (this.#sha256 ??= this.#hash.digest('hex')) }
  }

  /** Finishes the file and gives it its name. */
  async close(): Promise<WrittenFile> {
    await this.finish()
    return this.publish()
  }

  async abort(): Promise<void> {
    await this.handle.close().catch(() => undefined)
    await rm(this.temporary, { force: true })
  }
}

/**
 * Writes a file at once that is complete or absent, and removes what a process that died left of the same. With `ifAbsent`
 * only where there is none, whoever else is at it. Says whether it wrote it.
 */
export async function writeWhole(
  path: string,
  content: Uint8Array | string,
  { ifAbsent = false, folder }: { readonly ifAbsent?: boolean; readonly folder?: string } = {},
): Promise<boolean> {
  const file = await AtomicFile.create(path, folder)
  removeLeftovers(dirname(file.temporary), basename(path))
  try {
    await file.write(typeof content === 'string' ? Buffer.from(content) : content)
    if (ifAbsent) return await file.closeIfAbsent()
    await file.close()
    return true
  } catch (error) {
    await file.abort()
    throw error
  }
}

/** An error that says what to do: `bad-option` where a file is in the place of a folder, or a folder in that of a file, else `io`. */
export function writeError(path: string, cause: unknown): BlindspotError {
  if (cause instanceof BlindspotError) return cause
  const { code, message } = cause as NodeJS.ErrnoException
  const remedy =
    code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
      ? 'free some space or choose another folder, then run again'
      : code === 'EMFILE' || code === 'ENFILE'
        ? 'raise the limit of open files, as by ulimit -n 1024, then run again'
        : 'choose a folder that can be written to'
  return new BlindspotError(
    codeOfPath(cause),
    `${path} cannot be written: ${message}; ${stateOf(path)}${remedy}`,
    { cause },
  )
}

/** What is at a name that nothing could be written to. */
function stateOf(path: string): string {
  try {
    const there = statSync(path, { throwIfNoEntry: false })
    if (there === undefined) return 'nothing is left under that name; '
    return there.isFile() ? 'the earlier file of that name is still there; ' : ''
  } catch {
    return ''
  }
}

/** Milliseconds after which a temporary file is nobody's whose process cannot be seen from here, as in another container. */
const FORGOTTEN = 24 * 3600_000

/** Removes the temporary files in a folder whose process has died; `name`: only those of that file. */
export function removeLeftovers(folder: string, name?: string): void {
  for (const entry of readdirSync(folder)) {
    const found = readTemporaryName(entry)
    if (found === undefined || (name !== undefined && found.name !== name)) continue
    const path = join(folder, entry)
    if (found.fate === 'gone' || (found.fate === 'unknown' && isForgotten(path)))
      rmSync(path, { force: true })
  }
}

function isForgotten(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat !== undefined && Date.now() - stat.mtimeMs > FORGOTTEN
}
