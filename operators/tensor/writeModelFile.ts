import { isUint8Array } from 'node:util/types'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BlindspotError, codeOfPath } from '../errors.js'
import { describeBusy } from '../lock/fileLock.js'
import { makeFolder } from '../lock/makeFolder.js'
import { readTemporaryName, temporaryName } from '../lock/owner.js'
import { waitForLock } from '../lock/waitForLock.js'
import { reason } from './model/bad.js'
import type { Json } from './modelFile.js'
import type { tf } from './tf.js'

/** What `writeModelFile` stores. */
export interface NewModelFile {
  readonly topology: Json
  readonly specs: readonly tf.io.WeightsManifestEntry[]
  /** Little-endian, in the order of `specs`; in pieces where they are too large to be held at once. */
  readonly weights: Uint8Array | AsyncIterable<Uint8Array>
  /** Stored under `userDefinedMetadata.blindspot`; made of the SHA-256 of the weights' bytes where it is a function. */
  readonly provenance: Json | ((weightsHash: string) => Json)
  /** What becomes preprocess.json. Default: none is written. */
  readonly preprocess?: Json
  /** Whether there may be no model in the folder, also none that came meanwhile. Default false: it is replaced. */
  readonly isNew?: boolean
}

/**
 * Writes `model.json` and `weights.bin` into a folder, which is made. `model.json` comes last and an old one
 * goes first, so that a folder that has one is complete.
 */
export async function writeModelFile(
  folder: string,
  { topology, specs, weights, provenance, preprocess, isNew = false }: NewModelFile,
): Promise<void> {
  const written: string[] = []
  const write = async (name: string, content: string | Uint8Array | AsyncIterable<Uint8Array>) => {
    const temporary = join(folder, temporaryName(name))
    written.push(temporary)
    await writeDurably(temporary, content)
    return () => rename(temporary, join(folder, name))
  }
  try {
    makeFolder(folder)
    await removeLeft(folder)
    const hash = createHash('sha256')
    const places = [await write('weights.bin', hashed(weights, hash))]
    if (preprocess !== undefined)
      places.push(await write('preprocess.json', `${JSON.stringify(preprocess, undefined, 2)}\n`))
    const json = JSON.stringify({
      format: 'layers-model',
      generatedBy: 'blindspot',
      convertedBy: null,
      modelTopology: topology,
      weightsManifest: [{ paths: ['weights.bin'], weights: specs }],
      userDefinedMetadata: {
        blindspot: typeof provenance === 'function' ? provenance(hash.digest('hex')) : provenance,
      },
    })
    places.push(await write('model.json', json))
    await alone(folder, async () => {
      const model = join(folder, 'model.json')
      if (isNew && existsSync(model)) throw modelThere(folder)
      await rm(model, { force: true })
      for (const place of places) await place()
      const handle = await open(folder)
      await handle.sync().finally(() => handle.close())
    })
  } catch (cause) {
    await Promise.all(written.map((name) => rm(name, { force: true }).catch(() => undefined)))
    if (cause instanceof BlindspotError) throw cause
    throw new BlindspotError(
      codeOfPath(cause),
      `${folder}: the model could not be written (${reason(cause)})`,
      {
        cause,
      },
    )
  }
}

/** Gives files their names while nobody else does: those of two models would be one that is none. */
async function alone(folder: string, place: () => Promise<void>): Promise<void> {
  const path = join(folder, '.model.json.lock')
  const lock = await waitForLock(path)
  if (lock.kind === 'busy')
    throw new BlindspotError(
      'busy',
      `${folder}: ${describeBusy(lock)}, is writing a model there; wait until it has ended, or, where it runs no longer, delete ${path}`,
    )
  try {
    await place()
  } finally {
    await lock.release()
  }
}

/** The error of a folder that has a model where none is expected. */
export const modelThere = (folder: string): BlindspotError =>
  new BlindspotError('bad-option', `${folder} holds a model already; choose another --out`)

/** Removes what a process that died has left unfinished. */
async function removeLeft(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (readTemporaryName(name)?.fate === 'gone') await rm(join(folder, name), { force: true })
}

async function* hashed(
  weights: Uint8Array | AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of isUint8Array(weights) ? [weights] : weights) {
    hash.update(piece)
    yield piece
  }
}

async function writeDurably(
  file: string,
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  const handle = await open(file, 'wx')
  try {
    await writeFile(handle, content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
