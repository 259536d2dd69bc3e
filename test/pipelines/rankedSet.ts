import { from } from 'rxjs'
import type { RankOptions } from '../../operators/rank.js'
import type { Classifier } from '../../operators/classifier.js'
import { permutation, randomFor } from '../../operators/random.js'
import type { ImageBatch, ImageShape } from '../../operators/records/image.js'
import { rankInto, type RankFiles } from '../../pipelines/steps/rank.js'
import type { Lake } from '../../sinks/lake/lake.js'

const CLASSES = 5

/** A network of sigmoid layers of 12 units with random weights. */
function network(name: string, values: number, seed = 3): Classifier {
  const weights = (layer: string, inputs: number) => {
    const random = randomFor(seed, layer, inputs)
    return Float32Array.from({ length: 12 * inputs }, () => random.gaussian() / Math.sqrt(inputs))
  }
  const dense = (input: Float32Array, inputs: number, matrix: Float32Array) =>
    Float32Array.from({ length: (input.length / inputs) * 12 }, (_, at) => {
      const [row, unit] = [Math.floor(at / 12), at % 12]
      let sum = 0
      for (let i = 0; i < inputs; i++) sum += 4 * (input[row * inputs + i] - 0.4) * matrix[unit * inputs + i]
      return 1 / (1 + Math.exp(-sum))
    })
  const none = () => {
    throw new Error('a ranking asks for activations alone')
  }
  return {
    name,
    inputShape: [values],
    classes: CLASSES,
    box: [0, 1],
    layers: ['hidden1', 'hidden2'],
    weightsHash: `${name} ${seed}`,
    logits: none,
    lossGradient: none,
    logitGradient: none,
    layerShape: () => [12],
    activations(layer, pixels) {
      const first = dense(pixels, values, weights('hidden1', values))
      return layer === 'hidden1' ? first : dense(first, 12, weights('hidden2', 12))
    },
    dispose: () => undefined,
  }
}

/** Noisy images of five classes, each with a bright part of its own. */
export function imagesOf(count: number, shape: ImageShape): ImageBatch {
  const values = shape[0] * shape[1] * shape[2]
  const labels = permutation(count, randomFor(4, 'labels')).map((i) => i % CLASSES)
  const random = randomFor(5, 'pixels')
  const pixels = Float32Array.from({ length: count * values }, (_, at) => {
    const part = Math.floor(((at % values) * CLASSES) / values)
    // whole greys: a PNG file has them exactly
    return Math.round(random.uniform() * 150 + (part === labels[Math.floor(at / values)] ? 105 : 0)) / 255
  })
  const index = Int32Array.from({ length: count }, (_, i) => 1000 + i)
  return { dataset: 'parts', split: 'test', shape, index, label: labels, pixels }
}

/** Ranks such images along the directions of a layer, into a data set. */
export function ranked(
  lake: Lake,
  layer: string,
  {
    name = 'small',
    size = 200,
    shape = [6, 5, 1],
    controlled = false,
    ...options
  }: RankOptions & { name?: string; size?: number; shape?: ImageShape; controlled?: boolean } = {},
): Promise<RankFiles> {
  const images = imagesOf(size, shape)
  const values = shape[0] * shape[1] * shape[2]
  return rankInto(
    lake,
    {
      model: network(name, values),
      ...(controlled && { controls: { pixels: true, untrained: network('before', values, 4) } }),
      layer,
      activations: {},
      images: () => from([images]),
      count: size,
      selection: { size, shape },
      passes: [{ basis: ['unit', 'gaussian', 'rotation'], top: 16, ...options }],
      provenance: {},
    },
    { onProgress: () => undefined },
  )
}
