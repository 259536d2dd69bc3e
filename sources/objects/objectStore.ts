import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { Metadata, Operator } from 'opendal'
import { BlindspotError } from '../../operators/errors.js'
import { notHere, type OpenFile } from '../openFile.js'
import { absolute, lastOf, within } from '../place.js'
import type { Entry, Found, Store } from '../storage.js'
import { unsent } from './unsent.js'
import { explained, kindOf, objectPlace, operatorOf } from './operator.js'

/** Bytes of the parts in which a large object is sent, and how many are on their way at once. */
const PART = 8n * 2n ** 20n
const AT_ONCE = 4

/**
 * A bucket of S3, Google Cloud Storage or Azure, or what is in it below a prefix, by the package `opendal`.
 *
 * A call whose failure can pass is tried again, with growing pauses; what is not there is asked for once. Nothing goes by the
 * order in which names are listed, nor by a lock.
 *
 * @param root as `s3://bucket/prefix`; without it names are whole URLs
 */
export function objectStore(root = ''): Store {
  const place = (name: string) => (root === '' ? name : within(root, name))
  return {
    place,
    unfinished: (name) => ({ path: join(unsent(), lastOf(name)), folder: unsent() }),
    async list(name, deep = false) {
      const entries = await ask('read', place(name), (operator, key) =>
        operator.list(inFolder(key), { recursive: deep }),
      )
      const prefix = inFolder(objectPlace(place(name)).key)
      const found = entries.flatMap((entry): Entry[] => {
        const path = entry.path().slice(prefix.length)
        if (path === '') return []
        if (path.endsWith('/')) return deep ? [] : [{ name: path.slice(0, -1), kind: 'folder' }]
        return [{ name: path, kind: 'file', size: Number(entry.metadata().contentLength ?? 0n) }]
      })
      return found.length === 0 ? undefined : found.sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    stat: (name) => lookAt(place(name)),
    async stamp(name) {
      const found = await statOf(place(name))
      return found && stampOf(found)
    },
    async real(name) {
      return (await lookAt(place(name))) && absolute(place(name))
    },
    async text(name, check) {
      const bytes = await absent('read', place(name), (operator, key) => operator.read(key))
      if (bytes === undefined) return undefined
      check(bytes.length)
      return bytes.toString('utf8')
    },
    open: (name) => openObject(place(name)),
    async put(name, bytes, { ifAbsent = false } = {}) {
      const content = Buffer.from(bytes)
      try {
        await asked(place(name), (operator, key) =>
          operator.write(key, content, ifAbsent ? { ifNotExists: true } : {}),
        )
        return true
      } catch (cause) {
        if (!ifAbsent || kindOf(cause) !== 'ConditionNotMatch') throw failure('written', place(name), cause)
        // of a try that was made twice the first can have been the one that is there
        const there = await absent('read', place(name), (operator, key) => operator.read(key))
        return there?.equals(content) ?? false
      }
    },
    async give(file, name) {
      if ((await statOf(place(name))) !== undefined) return false
      await upload(file.temporary, place(name))
      const found = await statOf(place(name))
      const { bytes } = file.written
      if (Number(found?.contentLength ?? -1n) !== bytes)
        throw new BlindspotError(
          'io',
          `${place(name)} has ${found?.contentLength ?? 'no'} bytes after ${bytes} were sent; run again`,
        )
      return true
    },
    async move(name, to) {
      const { key } = objectPlace(place(to))
      await ask('written', place(name), (operator, source) => operator.copy(source, key))
      await ask('removed', place(name), (operator, source) => operator.delete(source))
    },
    async remove(name) {
      if ((await statOf(place(name))) === undefined) return false
      await ask('removed', place(name), (operator, key) => operator.delete(key))
      return true
    },
  }
}

const inFolder = (key: string) => (key === '' ? '' : `${key}/`)

type Call<T> = (operator: Operator, key: string) => Promise<T>

async function asked<T>(url: string, call: Call<T>): Promise<T> {
  const { scheme, bucket, key } = objectPlace(url)
  return call(await operatorOf({ scheme, bucket }), key)
}

const ask = async <T>(done: string, url: string, call: Call<T>): Promise<T> =>
  asked(url, call).catch((cause: unknown) => {
    throw failure(done, url, cause)
  })

/** The same of what need not be there; undefined where it is not. */
const absent = async <T>(done: string, url: string, call: Call<T>): Promise<T | undefined> =>
  asked(url, call).catch((cause: unknown) => {
    if (kindOf(cause) === 'NotFound') return undefined
    throw failure(done, url, cause)
  })

function failure(done: string, url: string, cause: unknown): BlindspotError {
  if (cause instanceof BlindspotError) return cause
  if (kindOf(cause) === 'NotFound' && done === 'read') return notHere(url)
  const reason = kindOf(cause) === 'NotFound' ? 'it is not there' : explained(cause, objectPlace(url).scheme)
  // what the client says beside it can have a signature in it
  return new BlindspotError('io', `${url} cannot be ${done}: ${reason}`)
}

/** An object; undefined where there is none, as at the name of a folder. */
async function statOf(url: string): Promise<Metadata | undefined> {
  if (objectPlace(url).key === '') return undefined
  const found = await absent('read', url, (operator, key) => operator.stat(key))
  return found?.isFile() ? found : undefined
}

/** An object, or what objects are below. */
async function lookAt(url: string): Promise<Found | undefined> {
  const found = await statOf(url)
  if (found !== undefined)
    return {
      kind: 'file',
      size: Number(found.contentLength ?? 0n),
      modified: Date.parse(found.lastModified ?? ''),
    }
  const below = await ask('read', url, (operator, key) => operator.list(inFolder(key), { limit: 1 }))
  return below.length > 0 || objectPlace(url).key === ''
    ? { kind: 'folder', size: 0, modified: 0 }
    : undefined
}

const stampOf = ({ etag, contentLength, lastModified }: Metadata): string =>
  [etag, contentLength, lastModified].join(' ')

/** Bytes that are asked for at once at least, at the end of an object, where Parquet has its footer, and elsewhere. */
const [TAIL, PIECE] = [2 ** 16, 2 ** 20]
/** Bytes up to which what was read last is kept. */
const KEPT = 8 * 2 ** 20

/** Reads an object by ranges. What lies beside a small one comes with it, as a request takes longer than its bytes. */
async function openObject(url: string): Promise<OpenFile> {
  const found = await ask('read', url, (operator, key) => operator.stat(key))
  const size = Number(found.contentLength ?? 0n)
  const { etag } = found
  let kept: { readonly from: number; readonly bytes: Buffer } = { from: 0, bytes: Buffer.alloc(0) }
  const fetch = async (from: number, to: number): Promise<Buffer> => {
    const range = { offset: BigInt(from), size: BigInt(to - from) }
    const bytes = await ask('read', url, (operator, key) =>
      operator.read(key, { ...range, ...(etag && { ifMatch: etag }) }),
    )
    if (bytes.length === to - from) return bytes
    throw new BlindspotError('io', `${url} cannot be read: it became shorter while it was read`)
  }
  return {
    path: url,
    size,
    async read(from, to) {
      if (to > size) throw new RangeError(`expected ${to} bytes, got a file of ${size}`)
      if (to <= from) return Buffer.alloc(0)
      if (from < kept.from || to > kept.from + kept.bytes.length) {
        const start = to === size ? Math.max(0, Math.min(from, size - TAIL)) : from
        const bytes = await fetch(start, Math.min(size, Math.max(to, start + PIECE)))
        if (bytes.length > KEPT) return bytes.subarray(from - start, to - start)
        kept = { from: start, bytes }
      }
      // not a view of it: what lies beside can be many times as much
      return Buffer.from(kept.bytes.subarray(from - kept.from, to - kept.from))
    },
    close: () => Promise.resolve(),
  }
}

/** Sends a file, a part at a time, so that memory does not grow with it. */
async function upload(path: string, url: string): Promise<void> {
  await ask('written', url, async (operator, key) => {
    const writer = await operator.writer(key, { chunk: PART, concurrent: AT_ONCE })
    for await (const bytes of createReadStream(path, { highWaterMark: Number(PART) }))
      await writer.write(bytes as Buffer)
    await writer.close()
  })
}
