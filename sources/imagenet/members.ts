import { extract } from 'tar-stream'
import { BlindspotError, warnOnce } from '../../operators/errors.js'
import type { OpenFile } from '../openFile.js'
import { disk } from '../store.js'
import { ArchiveEnd } from './archiveEnd.js'
import { gunzipped } from './gunzipped.js'
import { Hunger } from './hunger.js'
import { isAside, isPhotograph } from './names.js'
import { LARGEST_PHOTOGRAPH } from './readWhole.js'

/** A file in an archive; what is not read of it when the next one is asked for is passed over. */
export interface Member {
  /** Path in the archive. */
  readonly name: string
  /** All its bytes; undefined where they are more than a photograph may have. */
  bytes(): Promise<Uint8Array | undefined>
  /** Its bytes piece by piece, for an archive within the archive. */
  pieces(): AsyncGenerator<Uint8Array, void, undefined>
}

/** Bytes of an archive that are read at once. */
const PIECE = 2 ** 18

/**
 * Files of a tar archive, gzipped or not, in its order, one in memory at a time; hidden ones are left out.
 *
 * @param signal ends the reading, also of what nobody wants
 * @param most bytes that are read of the file: an archive that has more seems to be cut off there
 * @throws BlindspotError `bad-option` where it is not there, `io` where it cannot be read, `bad-data` where it is none or ends early, after its whole members
 */
export async function* membersOf(
  path: string,
  signal?: AbortSignal,
  most = Infinity,
): AsyncGenerator<Member, void, undefined> {
  const file = await disk.open(path)
  try {
    yield* membersIn(path, piecesOf(file, most, signal))
  } finally {
    await file.close()
  }
}

async function* piecesOf(
  file: OpenFile,
  most: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < Math.min(file.size, most); at += PIECE) {
    signal?.throwIfAborted()
    yield await file.read(at, Math.min(at + PIECE, file.size))
  }
}

/**
 * The same of an archive whose bytes come in pieces, gzipped or not.
 *
 * @param path of the archive, for messages
 */
export async function* membersIn(
  path: string,
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Member, void, undefined> {
  const archive = extract()
  const hunger = new Hunger()
  const end = new ArchiveEnd()
  const feeding = feed(archive, pieces, hunger, end)
  feeding.catch(() => undefined) // the archive's reader hears of it
  const entries = archive[Symbol.asyncIterator]()
  let [members, links, others] = [0, 0, 0]
  try {
    for (;;) {
      const next = await hunger.while(() => entries.next())
      if (next.done) break
      const entry = next.value
      const { name, type, pax } = entry.header
      end.member(entry.header)
      members++
      const isOrdinary = (type === 'file' || type === 'contiguous-file') && !isSparse(pax)
      const isFile = isOrdinary && !name.split('/').some(isHidden)
      if (type === 'link' || type === 'symlink') links += Number(isPhotograph(name))
      else if (!isOrdinary && type !== 'directory') others += Number(isPhotograph(name))
      const whole = members - 1
      const chunks = chunksOf(entry, hunger, (cause) => broken(path, cause, whole, true))
      if (isFile) yield memberOf(name, chunks)
      // what was not read has to pass before the next one comes
      while (!(await chunks.next()).done);
    }
    await feeding
    end.require()
    if (links > 0)
      warnOnce(
        `${path}: photographs that are links (${links}) are not read; archive them with tar --dereference --hard-dereference`,
      )
    if (others > 0)
      warnOnce(
        `${path}: photographs that are sparse or no ordinary files (${others}) are not read; archive them without --sparse`,
      )
  } catch (cause) {
    throw broken(path, cause, members)
  } finally {
    archive.destroy()
    hunger.end()
    await feeding.catch(() => undefined)
  }
}

/**
 * An entry's bytes; leaving them early does not end the archive, as the entry's own iterator would.
 *
 * @param failed what is thrown to who reads a member that ends early
 */
function chunksOf(entry: AsyncIterable<unknown>, hunger: Hunger, failed: (cause: unknown) => Error): Chunks {
  const chunks = entry[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>
  let last: Promise<unknown> = Promise.resolve()
  return {
    next() {
      // who unpacks a member may ask ahead, and the iterator answers one at a time
      const next = last
        .then(() => hunger.while(() => chunks.next()))
        .catch((cause: unknown) => {
          throw failed(cause)
        })
      last = next.catch(() => undefined)
      return next
    },
  }
}

type Chunks = Pick<AsyncIterator<Buffer, undefined>, 'next'>

/** Of pax: that of GNU's own format has a type of its own. */
const isSparse = (pax: unknown) => typeof pax === 'object' && pax !== null && 'GNU.sparse.major' in pax

const isHidden = (part: string) => part !== '.' && part !== '..' && isAside(part)

/** Writes pieces into an archive's reader, which takes more when its members have been read. */
async function feed(
  archive: ReturnType<typeof extract>,
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
  hunger: Hunger,
  end: ArchiveEnd,
): Promise<void> {
  let closed = false
  const isOver = () => closed
  let wake: () => void = () => undefined
  const over = () => {
    closed = true
    hunger.end()
    wake()
  }
  archive.on('close', over)
  archive.on('drain', () => wake())
  archive.on('error', () => undefined) // its reader throws it
  try {
    for await (const piece of await gunzipped(pieces)) {
      if (isOver()) return
      end.piece(piece)
      if (!archive.write(piece) && !isOver()) await new Promise<void>((resolve) => (wake = resolve))
      if (isOver()) return
    }
    // the end drops what has not been taken
    await hunger.unfed()
    archive.end(undefined)
  } catch (cause) {
    archive.destroy(cause as Error)
    throw cause
  }
}

function memberOf(name: string, chunks: Chunks): Member {
  return {
    name: name.replace(/^(\.\/)+/, ''),
    async bytes() {
      const parts: Uint8Array[] = []
      let size = 0
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
        size += next.value.length
        if (size > LARGEST_PHOTOGRAPH) return undefined
        parts.push(next.value)
      }
      return Buffer.concat(parts, size)
    },
    async *pieces() {
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
    },
  }
}

function broken(path: string, cause: unknown, members: number, isWithin = false): BlindspotError {
  if (cause instanceof BlindspotError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new BlindspotError(
    'bad-data',
    members === 0 && !isWithin
      ? `${path}: expected a tar archive, gzipped or not: ${reason}`
      : `${path}: the archive is cut off or corrupt after ${members} whole members (${reason}); copy or download it again`,
    { cause },
  )
}
