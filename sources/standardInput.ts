import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { BlindspotError } from '../operators/errors.js'
import { AtomicFile } from './atomicFile.js'
import { unreadable } from './openFile.js'

/** What stands for standard input where a path could. */
export const STANDARD_INPUT = '-'

let file: Promise<string> | undefined

/**
 * The Arrow stream on standard input as a file, which can be read again and again: what comes is written to the folder of temporary
 * files until it ends, a piece in memory at a time. It is removed when the process ends.
 *
 * @param signal ends the waiting for more; of the first call
 * @throws BlindspotError `bad-option` for a terminal; `bad-data` for nothing, something else, and a stream that was cut off; `io`
 */
export const standardInput = (signal?: AbortSignal): Promise<string> => (file ??= received(signal))

async function received(signal?: AbortSignal): Promise<string> {
  const { stdin } = process
  if (!isMainThread)
    throw new BlindspotError('bad-option', `${NAME}: expected to be read in the main thread, got another`)
  if (stdin.isTTY)
    throw new BlindspotError(
      'bad-option',
      `${NAME}: expected an Arrow stream, got a terminal; pipe one into it, as from blindspot attack … --out -`,
    )
  const folder = mkdtempSync(join(tmpdir(), 'blindspot-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const written = await AtomicFile.create(join(folder, 'standard-input.arrows'))
  const leave = () => stdin.destroy()
  signal?.addEventListener('abort', leave, { once: true })
  try {
    await checked(stdin, (piece) => written.write(piece))
    return (await written.close()).path
  } catch (error) {
    await written.abort()
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', leave)
  }
}

const NAME = 'standard input'
/** How an Arrow stream begins, and a file of the file format. */
const BEGINNINGS = [Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.from('ARROW1')]
/** How they end. */
const ENDS = [Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]), Buffer.from('ARROW1')]
/** Bytes that tell what it is, and whether it is whole. */
const TELLING = 8

/** Passes the pieces of an Arrow stream on; what is something else is refused by its first bytes. */
async function checked(
  pieces: AsyncIterable<Buffer>,
  write: (piece: Uint8Array) => Promise<void>,
): Promise<void> {
  let size = 0
  let first: Buffer = Buffer.alloc(0)
  let last: Buffer = Buffer.alloc(0)
  try {
    for await (const piece of pieces) {
      if (first.length < TELLING) {
        first = Buffer.concat([first, piece]).subarray(0, TELLING)
        if (first.length === TELLING) requireBeginning(first)
      }
      last = Buffer.from(Buffer.concat([last, piece.subarray(-TELLING)]).subarray(-TELLING))
      size += piece.length
      await write(piece)
    }
  } catch (cause) {
    throw unreadable(NAME, cause)
  }
  if (size === 0)
    throw new BlindspotError(
      'bad-data',
      `${NAME}: expected an Arrow stream, got nothing; look whether what comes before in the pipe has failed`,
    )
  requireBeginning(first)
  if (!ENDS.some((end) => last.subarray(-end.length).equals(end)))
    throw new BlindspotError(
      'bad-data',
      `${NAME}: the Arrow stream was cut off after ${size} bytes, before its end; look whether what comes before in the pipe has failed`,
    )
}

function requireBeginning(bytes: Buffer): void {
  if (BEGINNINGS.some((beginning) => bytes.subarray(0, beginning.length).equals(beginning))) return
  throw new BlindspotError(
    'bad-data',
    `${NAME}: expected an Arrow stream, uncompressed, got bytes that begin with ${JSON.stringify(bytes.toString('latin1'))}`,
  )
}
