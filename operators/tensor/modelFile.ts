import { dirname, join } from 'node:path'
import type { Preprocess } from '../classifier/preprocess.js'
import { cutAt, isAtEnd } from './cutAt.js'
import { bad, inFile } from './model/bad.js'
import { definitionOf } from './model/definition.js'
import { graphOf, type ModelGraph } from './model/graph.js'
import { isGraphModel, parseGraphModelJson } from './model/graphModelJson.js'
import { parseModelJson, type WeightGroup, type WeightSpec } from './model/modelJson.js'
import { opGraphOf } from './model/opGraph.js'
import { opModelOf, type OpModel } from './model/opLayers.js'
import { isObject } from '../options/isObject.js'
import { readJson } from './model/readJson.js'
import { sizeOf } from './model/ordinaryFile.js'
import { preparedHash, sha256 } from './model/preparedHash.js'
import { readPreparation, type ReadPreparation } from './model/readPreparation.js'
import { readWeights } from './model/readWeights.js'
import { parseTopology } from './model/topology.js'
import { weightFaults } from './model/weightFaults.js'

export { bad, inFile, reason } from './model/bad.js'

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** A model as it lies on disk, checked but not built. */
export type ModelFile = LayersFile | GraphFile

/** A layers model. */
export interface LayersFile extends FileOfModel {
  readonly kind: 'layers'
  /** What the layers of the model compute. */
  readonly graph: ModelGraph
  /** Whether weights of one name come in the order of their layers: not in Keras' files. */
  readonly inOrder: boolean
}

/** A graph model. */
export interface GraphFile extends FileOfModel {
  readonly kind: 'graph'
  readonly model: OpModel
}

interface FileOfModel {
  /** The model.json that was read. */
  readonly file: string
  readonly folder: string
  readonly specs: readonly WeightSpec[]
  readonly weights: Uint8Array<ArrayBuffer>
  /** As in `Classifier`. */
  readonly weightsHash: string
  /** What is done to an image before the network sees it. */
  readonly preparation: ReadPreparation
  /** What is wrong with the numbers of its weights, a sentence each. */
  readonly faults: readonly string[]
  /** What `writeModelFile` was given, if it was it that wrote the file. */
  readonly provenance: Readonly<Record<string, unknown>> | undefined
}

/**
 * Reads and checks a TensorFlow.js layers or graph model, all of it before anything is built. Its weights are files in its
 * folder, links in it are followed. A `preprocess.json` beside it is read too.
 *
 * @param path a folder with `model.json`, or that file
 * @param preprocess in place of the file's
 * @throws BlindspotError `bad-option` where there is no model.json; `bad-model`, naming the file and the place in it: not JSON, another format, layers
 * or nodes that do not fit together, weights that are no numbers, missing, too short or too long, or not those that its provenance names
 */
export async function readModelFile(path: string, preprocess?: Preprocess | string): Promise<ModelFile> {
  const model = await readFaultyModelFile(path, preprocess)
  for (const fault of model.faults) throw bad(model.file, fault)
  return model
}

/** The same of a model whose weights may be no numbers; `faults` has them. */
export async function readFaultyModelFile(
  path: string,
  preprocess?: Preprocess | string,
): Promise<ModelFile> {
  const { file, json } = await readJson(path)
  const { inputShape, weightsManifest, model } = inFile(file, () =>
    isGraphModel(json) ? graphModelIn(json) : layersModelIn(json),
  )
  const preparation = await readPreparation(file, inputShape, preprocess)
  const { logits, place } = preparation
  const { isEnd, ...own } = inFile(logits === undefined ? file : place, () =>
    model(logits, preparation.inputShape),
  )
  const weights = await readWeights(file, weightsManifest)
  const specs = weightsManifest.flatMap((group) => group.weights)
  const hash = sha256(weights)
  const provenance = provenanceIn(json)
  const expected = provenance?.['weightsHash']
  if (typeof expected === 'string' && expected !== hash)
    throw bad(
      file,
      `expected weights of SHA-256 ${expected}, as it says, got ${hash}: they were changed; put them there again, or delete the folder and make the model anew`,
    )
  const weightsHash = preparedHash(hash, preparation, isEnd ? undefined : logits)
  return {
    ...{ file, folder: dirname(file), weights, weightsHash, preparation, provenance, specs },
    faults: weightFaults(specs, weights, own.kind === 'graph'),
    ...own,
  }
}

/** Whether a folder has a model's files, whatever is in them. */
export const isModel = (folder: string): Promise<boolean> =>
  Promise.all(['model.json', 'weights.bin'].map((name) => sizeOf(join(folder, name), ''))).then(
    () => true,
    () => false,
  )

/** A model whose weights were not looked at; `model` is what of it gives some logits, of inputs of a shape without a size left open. */
interface Described {
  readonly inputShape: readonly number[]
  readonly weightsManifest: readonly WeightGroup[]
  readonly model: (
    logits: string | undefined,
    inputShape: readonly number[],
  ) => { readonly isEnd: boolean } & (
    Pick<LayersFile, 'kind' | 'graph' | 'inOrder'> | Pick<GraphFile, 'kind' | 'model'>
  )
}

function layersModelIn(json: Readonly<Record<string, unknown>>): Described {
  const { modelTopology, weightsManifest, generatedBy } = parseModelJson(json)
  const whole = graphOf(definitionOf(...parseTopology(modelTopology)))
  const inOrder = !(generatedBy ?? '').startsWith('keras')
  return {
    ...{ inputShape: whole.inputShape, weightsManifest },
    model(logits, inputShape) {
      const { heads } = whole
      if (logits === undefined && heads.length > 1)
        throw new Error(
          `expected one output, got ${heads.length}: ${heads.join(', ')}; say which has the logits by {"outputs": {"logits": ${JSON.stringify(heads[0])}}} in a preprocess.json beside it`,
        )
      const graph = logits === undefined ? whole : cutAt(whole, logits)
      const isEnd = logits === undefined || isAtEnd(whole, logits)
      return { kind: 'layers', inOrder, isEnd, graph: { ...graph, inputShape } }
    },
  }
}

function graphModelIn(json: Readonly<Record<string, unknown>>): Described {
  const parsed = parseGraphModelJson(json)
  const graph = opGraphOf(parsed)
  return {
    ...{ inputShape: graph.inputShape, weightsManifest: parsed.weightsManifest },
    model(logits) {
      const model = opModelOf(graph, logits)
      return { kind: 'graph', model, isEnd: logits === undefined || model.isEnd }
    },
  }
}

/** The provenance in a model's `model.json`, without its weights; undefined where it has none. */
export async function readProvenance(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  return provenanceIn((await readJson(path)).json)
}

function provenanceIn(
  json: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const metadata = json['userDefinedMetadata']
  return isObject(metadata) && isObject(metadata['blindspot']) ? metadata['blindspot'] : undefined
}
