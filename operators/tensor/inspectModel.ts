import { requireText } from '../options/requireKinds.js'
import { requireKnown } from '../options/knownOptions.js'
import type { Framing } from '../classifier/framing.js'
import { sizeFromShape } from '../classifier/sizeFromShape.js'
import { bad } from './model/bad.js'
import { isPassing } from './folding/passing.js'
import type { LoadOptions } from './loadOptions.js'
import type { GraphFile, LayersFile } from './modelFile.js'
import { referenceTo } from './referenceTo.js'
import { functionOf, lastLayer } from './softmax.js'
import type { Layer } from './tf.js'

/** A layer of a model, or a node of a graph. */
export interface InspectedLayer {
  /** As `rank --layer` and `activations` take it. */
  readonly name: string
  /** Its class in Keras, or the operation of a node. */
  readonly kind: string
  /** The function that it ends with; null for none. A softmax at the end is left out. */
  readonly activation: string | null
  /** Of one image. */
  readonly shape: readonly number[]
  /** Numbers in its weights, of a layer that is called twice at the first call. */
  readonly parameters: number
}

/** Something in the file that is not computed. */
export interface LeftOut {
  readonly name: string
  readonly kind: string
  /** `softmax`: logits are given; `nothing at inference`, such as dropout; `folded`: other layers do it, too; `unused`: not on the way to the output. */
  readonly why: 'softmax' | 'nothing at inference' | 'folded' | 'unused'
}

/** What a model on disk is; see `inspectModel`. */
export interface ModelInspection {
  readonly name: string
  /** Absolute path of its `model.json`. */
  readonly file: string
  readonly format: 'layers' | 'graph'
  readonly classes: number
  /** Shape of one image. */
  readonly inputShape: readonly number[]
  /** Least and largest value of a pixel. */
  readonly box: readonly [low: number, high: number]
  /** An input is scale · pixel + offset of each channel, of pixels from 0 to 1; nothing where the input is the image itself. */
  readonly preprocess: {
    /** The file that says so; null where code does or nobody. */
    readonly from: string | null
    readonly scale: readonly number[]
    readonly offset: readonly number[]
    readonly channelOrder: 'RGB' | 'BGR'
    readonly layout: 'NHWC' | 'NCHW'
  }
  /** How photographs become its inputs, of a model that takes photographs. */
  readonly framing: Framing | null
  readonly layers: readonly InspectedLayer[]
  /** Numbers in all weights of the layers. */
  readonly parameters: number
  readonly leftOut: readonly LeftOut[]
  /** Whether it runs by the written-out pass of dense chains, or why it does not. */
  readonly fast: { readonly dense: true } | { readonly dense: false; readonly why: string }
  /** What makes it give NaN or Infinity, a sentence each: `loadClassifier` refuses such a model. */
  readonly warnings: readonly string[]
  /** As in `Classifier`. */
  readonly weightsHash: string
}

/**
 * What a model on disk is, as `loadClassifier` takes it: its layers with their shapes and parameters, what becomes of an image
 * before it, what is left out or folded, and whether it runs fast. TensorFlow.js is needed, of any backend.
 *
 * @param path a folder with `model.json`, or that file
 * @throws BlindspotError as `loadClassifier`
 * @example (await inspectModel('my-model')).layers.map(({ name, shape }) => [name, ...shape])
 */
export async function inspectModel(path: string, options: LoadOptions = {}): Promise<ModelInspection> {
  requireKnown<LoadOptions>('inspectModel', options, { name: true, preprocess: true })
  requireText('inspectModel', path, 'the path of a folder with model.json, or of that file')
  const { readFaultyModelFile } = await import('./modelFile.js')
  const file = await readFaultyModelFile(path, options.preprocess)
  const { name } = referenceTo(file, options)
  const { preparation, weightsHash } = file
  const { imageShape, framing, scale, offset, reversed, channelsFirst, place } = preparation
  const own = await (file.kind === 'graph' ? graphOf(file) : layersOf(file))
  return {
    ...{
      name,
      file: file.file,
      format: file.kind,
      classes: own.classes,
      inputShape: imageShape,
      box: [0, 1],
    },
    preprocess: {
      from: place === file.file ? null : place,
      ...{ scale, offset, channelOrder: reversed ? 'BGR' : 'RGB', layout: channelsFirst ? 'NCHW' : 'NHWC' },
    },
    framing: framing ?? null,
    layers: own.layers,
    parameters: own.layers.reduce((sum, { parameters }) => sum + parameters, 0),
    ...{ leftOut: own.leftOut, fast: own.fast, warnings: [...file.faults, ...own.faults], weightsHash },
  }
}

type Own = Pick<ModelInspection, 'classes' | 'layers' | 'leftOut' | 'fast'> & {
  readonly faults: readonly string[]
}

async function layersOf(file: LayersFile): Promise<Own> {
  const { layersParts } = await import('./layersModel.js')
  const { graph } = file
  const { model, plan, faults, dispose } = layersParts(file)
  try {
    const seen = new Set<unknown>()
    const layers = model.uses.map(({ name, layer, outputs }) => {
      const first = !seen.has(layer)
      seen.add(layer)
      const sizes = layer.weights.map(({ shape }) => sizeFromShape(shape.map((size) => size ?? 0)))
      return {
        ...{ name, kind: kindOf(name) ?? layer.getClassName(), activation: activationOf(layer) },
        shape: outputs[0].shape.slice(1).map((size) => size ?? 0),
        parameters: first ? sizes.reduce((sum, size) => sum + size, 0) : 0,
      }
    })
    const last = lastLayer(graph)
    const softmax = last && functionOf(last) === 'softmax' ? [last] : []
    const passing = model.uses.filter(
      ({ name, layer }) => isPassing(layer) && !softmax.some((one) => one.name === name),
    )
    const named = (names: readonly string[], why: LeftOut['why']) =>
      names.map((name) => ({ name, kind: kindOf(name) ?? '', why }))
    return {
      classes: sizeFromShape(model.output.shape.slice(1).map((size) => size ?? 0)),
      layers,
      leftOut: [
        ...softmax.map(({ name, className }) => ({ name, kind: className, why: 'softmax' as const })),
        ...named(
          passing.map(({ name }) => name),
          'nothing at inference',
        ),
        ...named(model.inOthers, 'folded'),
        ...graph.unused.map(({ name, className }) => ({ name, kind: className, why: 'unused' as const })),
      ],
      faults,
      fast: typeof plan === 'string' ? { dense: false, why: plan } : { dense: true },
    }
  } finally {
    dispose()
  }

  function kindOf(name: string): string | undefined {
    return graph.layers.find((layer) => layer.name === name.replace(/#\d+$/, ''))?.className
  }
}

/** The activation function of a layer that has one beside what else it does. */
function activationOf(layer: Layer): string | null {
  const { activation } = layer.getConfig()
  return typeof activation === 'string' && activation !== 'linear' ? activation : null
}

async function graphOf(file: GraphFile): Promise<Own> {
  const { graphNetwork } = await import('./graphModel.js')
  const faults: string[] = []
  const network = graphNetwork(file, (fault) => faults.push(fault))
  try {
    const { model } = file
    const specs = file.specs.filter(({ dtype }) => dtype === 'float32')
    const sizes = new Map(specs.map(({ name, shape }) => [name, sizeFromShape(shape)]))
    const inOf = (node: (typeof model.nodes)[number] | undefined): number =>
      (node?.inputs ?? []).reduce((sum, tensor) => sum + (sizes.get(tensor.split(':')[0]) ?? 0), 0)
    const layers = network.layers.map((name) => {
      const node = model.nodes.find((one) => one.name === name)
      // what a fused node does first is of the same name with its own behind it
      const parts = model.nodes.filter((one) => one.inner && one.name.startsWith(`${name}/`))
      const parameters = [node, ...parts].reduce((sum, one) => sum + inOf(one), 0)
      return { name, kind: node?.op ?? '', activation: null, shape: network.layerShape(name), parameters }
    })
    if (network.classes < 1) throw bad(file.file, 'has no output')
    const why = 'a graph model is computed node by node, by TensorFlow.js'
    return { classes: network.classes, layers, leftOut: [], fast: { dense: false, why }, faults }
  } finally {
    network.dispose()
  }
}
