import { createHash, randomUUID } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { BlindspotError } from '../errors.js'
import type { tf } from './tf.js'
import { makeFolder } from '../makeFolder.js'

type WeightSpecs = tf.io.WeightsManifestEntry[]
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** A layers model as it lies on disk. */
export interface ModelFile {
  /** The model.json that was read. */
  readonly file: string
  readonly folder: string
  /** Keras' description of the layers. */
  readonly topology: Record<string, unknown>
  readonly specs: WeightSpecs
  readonly weights: Uint8Array<ArrayBuffer>
  /** SHA-256 of the weights' bytes. */
  readonly weightsHash: string
  /** What `writeModelFile` was given, if it was it that wrote the file. */
  readonly provenance: Readonly<Record<string, unknown>> | undefined
}

const BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  uint32: 4,
  complex64: 8,
  bool: 1,
  uint8: 1,
  float16: 2,
  uint16: 2,
}

/**
 * Reads and checks a TensorFlow.js layers model.
 *
 * @param path a folder with `model.json`, or that file
 * @throws BlindspotError `bad-model`, naming the file: missing, not JSON, another format, weights that
 * are missing, too short or too long, or not those that its provenance names
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const file = await modelJson(path)
  const json = await readJson(file)
  const topology = json['modelTopology']
  if (json['format'] === 'graph-model' || !isObject(topology)) {
    const what = json['format'] === 'graph-model' ? 'a TensorFlow.js graph model' : 'without a modelTopology'
    throw bad(file, `is ${what}; a TensorFlow.js layers model is expected (format "layers-model")`)
  }
  const { specs, weights } = await readWeights(file, json['weightsManifest'])
  const weightsHash = createHash('sha256').update(weights).digest('hex')
  const metadata = json['userDefinedMetadata']
  const provenance = isObject(metadata) && isObject(metadata['blindspot']) ? metadata['blindspot'] : undefined
  const expected = provenance?.['weightsHash']
  if (typeof expected === 'string' && expected !== weightsHash) {
    throw bad(file, `says its weights' SHA-256 is ${expected}, but it is ${weightsHash}: they were changed`)
  }
  const folder = dirname(file)
  return { file, folder, topology, specs, weights, weightsHash, provenance }
}

/** The provenance in a model's `model.json`, without its weights; undefined where it has none. */
export async function readProvenance(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const metadata = (await readJson(await modelJson(path)))['userDefinedMetadata']
  return isObject(metadata) && isObject(metadata['blindspot']) ? metadata['blindspot'] : undefined
}

/** What `writeModelFile` stores. */
export interface NewModelFile {
  readonly topology: Json
  readonly specs: WeightSpecs
  /** Little-endian, in the order of `specs`. */
  readonly weights: Uint8Array
  /** Stored under `userDefinedMetadata.blindspot`. */
  readonly provenance: Json
}

/**
 * Writes `model.json` and `weights.bin` into a folder, which is made. `model.json` comes last and an old one
 * goes first, so that a folder that has one is complete.
 */
export async function writeModelFile(folder: string, model: NewModelFile): Promise<void> {
  const json = JSON.stringify({
    format: 'layers-model',
    generatedBy: 'blindspot',
    convertedBy: null,
    modelTopology: model.topology,
    weightsManifest: [{ paths: ['weights.bin'], weights: model.specs }],
    userDefinedMetadata: { blindspot: model.provenance },
  })
  const id = randomUUID()
  const temporary = [join(folder, `.weights.bin.${id}`), join(folder, `.model.json.${id}`)]
  try {
    makeFolder(folder)
    await writeDurably(temporary[0], model.weights)
    await writeDurably(temporary[1], json)
    await rm(join(folder, 'model.json'), { force: true })
    await rename(temporary[0], join(folder, 'weights.bin'))
    await rename(temporary[1], join(folder, 'model.json'))
    const handle = await open(folder)
    await handle.sync().finally(() => handle.close())
  } catch (cause) {
    await Promise.all(temporary.map((name) => rm(name, { force: true })))
    throw new BlindspotError('io', `${folder}: the model could not be written (${reason(cause)})`, { cause })
  }
}

async function writeDurably(file: string, content: string | Uint8Array): Promise<void> {
  const handle = await open(file, 'wx')
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function modelJson(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  return resolve(found?.isDirectory() ? join(path, 'model.json') : path)
}

async function readJson(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw bad(
      file,
      `cannot be read (${reason(cause)}); a folder with model.json, or that file, is expected`,
      cause,
    )
  })
  try {
    const json: unknown = JSON.parse(text)
    if (isObject(json)) return json
  } catch (cause) {
    throw bad(file, `is not JSON (${reason(cause)})`, cause)
  }
  throw bad(file, 'is not a JSON object')
}

async function readWeights(file: string, manifest: unknown) {
  if (!Array.isArray(manifest)) throw bad(file, 'has no weightsManifest')
  const specs: WeightSpecs = []
  const parts: Buffer[] = []
  for (const group of manifest as unknown[]) {
    if (!isObject(group) || !Array.isArray(group['paths']) || !Array.isArray(group['weights'])) {
      throw bad(file, 'has a weightsManifest entry without paths and weights')
    }
    const names = group['paths'].map((name) => join(dirname(file), String(name)))
    const shards: Buffer[] = []
    for (const name of names) {
      shards.push(
        await readFile(name).catch((cause: unknown) => {
          throw bad(name, `cannot be read (${reason(cause)}), but ${basename(file)} names it`, cause)
        }),
      )
    }
    const entries = group['weights'] as WeightSpecs
    const expected = entries.reduce((sum, spec) => sum + byteLength(file, spec), 0)
    const actual = shards.reduce((sum, shard) => sum + shard.length, 0)
    if (actual !== expected) {
      throw bad(
        names.join(', '),
        `has ${actual} bytes, but ${basename(file)} describes weights of ${expected}`,
      )
    }
    specs.push(...entries)
    parts.push(...shards)
  }
  const weights = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    weights.set(part, at)
    at += part.length
  }
  return { specs, weights }
}

function byteLength(file: string, spec: WeightSpecs[number]): number {
  const dtype = spec.quantization?.dtype ?? spec.dtype
  const bytes = BYTES[dtype] as number | undefined
  if (bytes === undefined)
    throw bad(file, `has the weight ${spec.name} of type ${dtype}, which cannot be read`)
  return spec.shape.reduce((product, size) => product * size, bytes)
}

export function bad(file: string, message: string, cause?: unknown): BlindspotError {
  return new BlindspotError('bad-model', `${file}: ${message}`, { cause })
}

export function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
