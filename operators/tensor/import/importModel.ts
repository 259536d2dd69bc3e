import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parametersOf, requirePlan, type NetworkPlan, type WeightPlan } from '../alexnet/plan.js'
import { preprocessOf, topologyOfPlan } from '../alexnet/topologyOfPlan.js'
import { bad } from '../model/bad.js'
import { sizeOf } from '../model/ordinaryFile.js'
import { modelThere, writeModelFile } from '../writeModelFile.js'
import { channelsLast } from './channelsLast.js'
import { readSafetensors, type Opened, type StoredTensor } from './safetensors.js'
import { FLOATS, valuesOf } from './tensorValues.js'
import { requireKnown } from '../../options/knownOptions.js'
import { requireText } from '../../options/requireKinds.js'

/** What a model was imported from; in the provenance of its `model.json`. */
export interface Imported {
  readonly model: string
  readonly architecture: string
  /** The file that the weights were in. */
  readonly file: string
  readonly bytes: number
  /** SHA-256 of the file. */
  readonly sha256: string
  readonly parameters: number
}

/** Options of `importModel`. */
export interface ImportOptions {
  /** Name of the model. Default: the network's. */
  readonly name?: string | undefined
}

/**
 * Makes a TensorFlow.js layers model of a network and its weights in a safetensors file: `model.json` with the file's
 * SHA-256, `weights.bin` in float32, and `preprocess.json` with torchvision's preparation. The weights are float32,
 * float16, bfloat16 or float64, and all of the network's and no others; in memory is one of them at a time.
 *
 * @param folder is made; it holds no model yet
 * @throws BlindspotError `bad-model`, naming the tensor, what was expected and what came
 * @example
 * await importModel(alexnet(), 'alexnet.safetensors', 'models/alexnet')
 */
export async function importModel(
  network: NetworkPlan,
  file: string,
  folder: string,
  options: ImportOptions = {},
): Promise<Imported> {
  requireKnown<ImportOptions>('importModel', options, { name: true })
  requirePlan('importModel', network)
  requireText('importModel: file', file, 'the path of a safetensors file')
  requireText('importModel: folder', folder, 'the path of a folder')
  const { name = network.name } = options
  if (existsSync(join(folder, 'model.json'))) throw modelThere(folder)
  const tensors = await readSafetensors(file)
  const parts = matched(network, file, tensors)
  const bytes = await sizeOf(file, '')
  const imported: Imported = {
    ...{ model: name, architecture: network.name, file: basename(file), bytes },
    ...{ sha256: await sha256Of(file), parameters: parametersOf(network) },
  }
  const handle = await open(file)
  try {
    await writeModelFile(folder, {
      ...topologyOfPlan(network, name),
      weights: arranged(file, handle, parts),
      provenance: (weightsHash) => ({ ...imported, weightsHash }),
      preprocess: preprocessOf(network, name),
      isNew: true,
    })
  } finally {
    await handle.close()
  }
  return imported
}

type Part = readonly [WeightPlan, StoredTensor]

/** The tensor of each weight. */
function matched(
  { name, weights }: NetworkPlan,
  file: string,
  tensors: ReadonlyMap<string, StoredTensor>,
): readonly Part[] {
  const quoted = (names: readonly string[]) =>
    names
      .map((one) => JSON.stringify(one))
      .slice(0, 8)
      .join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '')
  const lacking = weights.filter(({ source }) => !tensors.has(source)).map(({ source }) => source)
  const wanted = new Set(weights.map(({ source }) => source))
  const surplus = [...tensors.keys()].filter((one) => !wanted.has(one))
  if (lacking.length > 0)
    throw bad(
      file,
      `expected the tensors of ${name}, ${quoted(lacking)} ${lacking.length === 1 ? 'is' : 'are'} missing` +
        (surplus.length > 0 ? `; it has ${quoted(surplus)} instead` : ''),
    )
  if (surplus.length > 0)
    throw bad(file, `expected the tensors of ${name} and no others, got also ${quoted(surplus)}`)
  return weights.map((weight): Part => {
    const tensor = tensors.get(weight.source)
    if (!tensor) throw new Error(weight.source)
    const { dtype, shape } = tensor
    const place = `tensor ${JSON.stringify(tensor.name)}`
    if (!FLOATS.includes(dtype))
      throw bad(file, `${place}: expected numbers of the type ${FLOATS.join(', ')}, got ${dtype}`)
    if (shape.join() !== weight.sourceShape.join())
      throw bad(
        file,
        `${place}: expected the shape [${weight.sourceShape.join(', ')}], got [${shape.join(', ')}]`,
      )
    return [weight, tensor]
  })
}

async function* arranged(
  file: string,
  handle: Opened,
  parts: readonly Part[],
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const [{ view }, tensor] of parts)
    for (const piece of channelsLast(await valuesOf(file, handle, tensor), view))
      yield new Uint8Array(piece.buffer, 0, piece.byteLength)
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(file)) hash.update(piece as Uint8Array)
  return hash.digest('hex')
}
